package io.gofka.log;

import io.gofka.common.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A disk in memory with a page cache that a power failure loses: of a file, what was written since
 * its last sync survives up to a random byte, sometimes with garbage behind it, or in any subset of
 * its pages; of a folder, any subset of the changes of names since its last sync. A folder that was
 * renamed has its old name again unless the directory above was synced.
 */
final class MemoryLogDisk implements LogDisk {
  private static final class Content {
    private byte[] bytes = new byte[0];
    private byte[] durable = new byte[0];
    private int references;
  }

  /** Something that may fail as a disk does. */
  interface Action {
    void run() throws IOException;
  }

  private final TreeMap<String, Content> names = new TreeMap<>();
  private Action beforeWrite = () -> {};
  private boolean syncFails;
  private boolean syncing;
  private boolean resident = true;
  private int changesToLive;
  private final TreeMap<String, Content> durableNames = new TreeMap<>();
  private final TreeMap<String, List<NameChange>> unsyncedNames = new TreeMap<>();
  // Not durable yet, the newest first.
  private final List<FolderRename> renamedFolders = new ArrayList<>();

  @Override
  public String description() {
    return "memory";
  }

  /** Something to happen with every write, a delay for example. */
  void beforeWrite(Action action) {
    beforeWrite = action;
  }

  /** As if somebody else's sync were under way. */
  void syncing(boolean underWay) {
    syncing = underWay;
  }

  @Override
  public boolean isSyncing() {
    return syncing;
  }

  /** From now on no sync succeeds. */
  void failSyncs() {
    syncFails = true;
  }

  /** Whether what is read is in the page cache. */
  void resident(boolean now) {
    resident = now;
  }

  /** References to files that have not been given back. */
  int openReferences() {
    return names.values().stream().mapToInt(content -> content.references).sum();
  }

  /** Names of files ending so. */
  List<String> files(String suffix) {
    return names.keySet().stream().filter(name -> name.endsWith(suffix)).toList();
  }

  /** All that was written to a file; not to be changed. */
  static byte[] bytes(DiskFile file) {
    return ((File) file).content.bytes;
  }

  byte[] content(String name) {
    return names.get(name).bytes;
  }

  void put(String name, byte[] bytes) {
    named(name).bytes = bytes;
  }

  /** The process dies, and nothing else: what it has written stays. */
  void kill() {
    changesToLive = 0;
    names.values().forEach(content -> content.references = 0);
  }

  /** The machine loses its power. */
  void losePower(Random random) {
    changesToLive = 0;
    TreeMap<String, Content> after = new TreeMap<>(durableNames);
    List<NameChange> ofRoot = unsyncedNames.remove(ROOT);
    List<NameChange> lost = ofRoot == null ? List.of() : applySome(ofRoot, ROOT, after, random);
    unsyncedNames.forEach(
        (folder, changes) -> {
          String name = folder;
          for (FolderRename rename : renamedFolders) {
            if (lost.contains(rename) && name.equals(rename.to())) {
              name = rename.from();
            }
          }
          applySome(changes, name, after, random);
        });
    unsyncedNames.clear();
    renamedFolders.clear();
    names.clear();
    names.putAll(after);
    durableNames.clear();
    durableNames.putAll(after);
    for (Content content : names.values()) {
      content.bytes = survivors(content, random);
      content.durable = content.bytes;
      content.references = 0;
    }
  }

  /** Those that were not applied. */
  private static List<NameChange> applySome(
      List<NameChange> changes, String folder, SortedMap<String, Content> names, Random random) {
    int prefix = random.nextInt(changes.size() + 1);
    boolean any = random.nextBoolean();
    List<NameChange> lost = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      if (any ? random.nextBoolean() : i < prefix) {
        changes.get(i).applyTo(names, folder);
      } else {
        lost.add(changes.get(i));
      }
    }
    return lost;
  }

  private static byte[] survivors(Content content, Random random) {
    int same = Arrays.mismatch(content.bytes, content.durable);
    if (same < 0) {
      return content.durable;
    }
    if (same < content.durable.length) {
      return random.nextBoolean() ? content.bytes : content.durable;
    }
    int kept = same + random.nextInt(content.bytes.length - same + 1);
    byte[] bytes = Arrays.copyOf(content.bytes, kept);
    if (random.nextBoolean()) {
      loseAnyPages(bytes, same, 1 << (4 + random.nextInt(8)), random);
      return bytes;
    }
    int garbage = Math.min(random.nextInt(40), kept - same);
    for (int i = kept - garbage; i < kept; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    return bytes;
  }

  private static void loseAnyPages(byte[] bytes, int from, int pageSize, Random random) {
    for (int page = from; page < bytes.length; page = (page / pageSize + 1) * pageSize) {
      if (random.nextInt(3) == 0) {
        int end = Math.min(bytes.length, (page / pageSize + 1) * pageSize);
        Arrays.fill(bytes, page, end, (byte) 0);
      }
    }
  }

  // ---- the whole disk, for tests that try many ways to damage it

  /** All files with their contents, as they are now. */
  SortedMap<String, byte[]> image() {
    TreeMap<String, byte[]> image = new TreeMap<>();
    names.forEach((name, content) -> image.put(name, content.bytes));
    return image;
  }

  /** The disk has these files from now on, all of them durable. The contents are not changed. */
  void restore(Map<String, byte[]> image) {
    names.clear();
    durableNames.clear();
    unsyncedNames.clear();
    renamedFolders.clear();
    image.forEach(
        (name, bytes) -> {
          Content content = new Content();
          content.bytes = bytes;
          content.durable = bytes;
          names.put(name, content);
        });
    durableNames.putAll(names);
  }

  /** The process dies with the {@code change}th change from now on: it fails, as all after it. */
  void dieAfter(int change) {
    changesToLive = change;
  }

  private void live() {
    if (changesToLive > 0 && --changesToLive == 0) {
      changesToLive = 1;
      throw new UncheckedIOException(new IOException("the process has died"));
    }
  }

  /**
   * A change of names in one folder, whatever that is called by then; a journal applies it as a
   * whole or not.
   */
  private interface NameChange {
    void applyTo(Map<String, Content> names, String folder);
  }

  private record FolderRename(String from, String to) implements NameChange {
    @Override
    public void applyTo(Map<String, Content> names, String folder) {
      for (String name : List.copyOf(names.keySet())) {
        if (name.startsWith(from + "/")) {
          names.put(to + name.substring(from.length()), names.remove(name));
        }
      }
    }
  }

  private void changed(String folder, NameChange change) {
    change.applyTo(names, folder);
    unsyncedNames.computeIfAbsent(folder, any -> new ArrayList<>()).add(change);
  }

  private Content named(String name) {
    Content content = names.get(name);
    if (content == null) {
      Content created = new Content();
      changed(folder(name), (all, folder) -> all.put(in(folder, name), created));
      return created;
    }
    return content;
  }

  /** The file in another folder. */
  private static String in(String folder, String name) {
    String leaf = name.substring(name.lastIndexOf('/') + 1);
    return folder.isEmpty() ? leaf : folder + "/" + leaf;
  }

  private static String folder(String name) {
    return name.contains("/") ? name.substring(0, name.lastIndexOf('/')) : ROOT;
  }

  @Override
  public DiskFile open(String file) {
    return new File(named(file));
  }

  @Override
  public List<String> list(String folder) {
    String prefix = folder.isEmpty() ? "" : folder + "/";
    return names.keySet().stream()
        .filter(name -> name.startsWith(prefix))
        .map(name -> name.substring(prefix.length()))
        .map(name -> name.contains("/") ? name.substring(0, name.indexOf('/')) : name)
        .distinct()
        .toList();
  }

  @Override
  public boolean isFolder(String path) {
    return !list(path).isEmpty();
  }

  @Override
  public long size(String file) throws IOException {
    return existing(file).bytes.length;
  }

  private Content existing(String file) throws IOException {
    Content content = names.get(file);
    if (content == null) {
      throw new NoSuchFileException(file);
    }
    return content;
  }

  @Override
  public Optional<byte[]> read(String file, int maxBytes) {
    return Optional.ofNullable(names.get(file)).map(content -> content.bytes);
  }

  @Override
  public Optional<byte[]> readStart(String file, int maxBytes) {
    return read(file, maxBytes)
        .map(bytes -> Arrays.copyOf(bytes, Math.min(bytes.length, maxBytes)));
  }

  @Override
  public void write(String file, byte[] content) {
    put(file, content.clone());
  }

  @Override
  public void replace(String file, byte[] content) {
    replaceEventually(file, content);
    syncFolder(folder(file));
  }

  @Override
  public void replaceEventually(String file, byte[] content) {
    live();
    Content replaced = new Content();
    replaced.bytes = content.clone();
    replaced.durable = replaced.bytes;
    changed(folder(file), (all, folder) -> all.put(in(folder, file), replaced));
  }

  @Override
  public void createFolder(String folder) {}

  @Override
  public void rename(String from, String to) throws IOException {
    if (isFolder(from)) {
      FolderRename rename = new FolderRename(from, to);
      changed(folder(from), rename);
      renamedFolders.add(0, rename);
      Optional.ofNullable(unsyncedNames.remove(from))
          .ifPresent(unsynced -> unsyncedNames.put(to, unsynced));
      return;
    }
    Content moved = existing(from);
    changed(
        folder(from),
        (all, folder) -> {
          all.remove(in(folder, from));
          all.put(in(folder, to), moved);
        });
  }

  @Override
  public void delete(String path) {
    live();
    for (String name : List.copyOf(names.keySet())) {
      if (name.equals(path) || name.startsWith(path + "/")) {
        changed(folder(name), (all, folder) -> all.remove(in(folder, name)));
      }
    }
  }

  @Override
  public void syncFolder(String folder) {
    live();
    if (folder.equals(ROOT)) {
      for (int i = renamedFolders.size() - 1; i >= 0; i--) {
        renamedFolders.get(i).applyTo(durableNames, ROOT);
      }
      renamedFolders.clear();
    }
    unsyncedNames.remove(folder);
    String durableFolder = folder;
    for (FolderRename rename : renamedFolders) {
      durableFolder = durableFolder.equals(rename.to()) ? rename.from() : durableFolder;
    }
    String durable = durableFolder;
    durableNames.keySet().removeIf(name -> folder(name).equals(durable));
    names.forEach(
        (name, content) -> {
          if (folder(name).equals(folder)) {
            durableNames.put(in(durable, name), content);
          }
        });
  }

  private final class File implements DiskFile {
    private final Content content;

    File(Content content) {
      this.content = content;
      content.references++;
    }

    @Override
    public long size() {
      return content.bytes.length;
    }

    @Override
    public void write(ByteBuf bytes, int index, int length, long position) throws IOException {
      beforeWrite.run();
      int end = (int) position + length;
      byte[] changed = Arrays.copyOf(content.bytes, Math.max(content.bytes.length, end));
      bytes.getBytes(index, changed, (int) position, length);
      content.bytes = changed;
    }

    @Override
    public void read(ByteBuffer target, long position) {
      resident = true;
      int length = (int) Math.min(target.remaining(), content.bytes.length - position);
      if (length > 0) {
        target.put(content.bytes, (int) position, length);
      }
    }

    @Override
    public void truncate(long size) {
      live();
      content.bytes = Arrays.copyOf(content.bytes, (int) size);
    }

    @Override
    public void sync() throws IOException {
      live();
      if (syncFails) {
        throw new IOException("the disk is broken");
      }
      content.durable = content.bytes;
    }

    @Override
    public boolean isResident(long position, int length) {
      return resident;
    }

    @Override
    public Payload region(long position, int length) {
      byte[] bytes = content.bytes;
      return Payload.of(Unpooled.copiedBuffer(bytes, (int) position, length));
    }

    @Override
    public DiskFile retain() {
      content.references++;
      return this;
    }

    @Override
    public boolean release() {
      content.references--;
      if (content.references < 0) {
        throw new IllegalStateException("released too often");
      }
      return content.references == 0;
    }
  }
}
