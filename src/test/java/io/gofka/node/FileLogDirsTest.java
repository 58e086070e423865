package io.gofka.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.log.LogDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLogDirsTest {
  @TempDir private Path folder;
  private FileDataDirectory own;

  @BeforeEach
  void takeOwn() {
    own = FileDataDirectory.open(folder.resolve("own"));
  }

  @AfterEach
  void close() {
    own.close();
  }

  private Path path(String name) {
    return folder.resolve(name).toAbsolutePath().normalize();
  }

  private FileLogDirs open(String... names) {
    return FileLogDirs.open(own, Arrays.stream(names).map(this::path).toList());
  }

  /** What a start with these directories finds. */
  private LogDirs found(String... names) {
    try (FileLogDirs opened = open(names)) {
      return opened.dirs();
    }
  }

  private List<String> paths(String... names) {
    return Arrays.stream(names).map(name -> path(name).toString()).toList();
  }

  private Path list() {
    return own.path().resolve(FileLogDirs.LIST_FILE);
  }

  private void empty(String name) throws IOException {
    Files.delete(path(name).resolve(LogDirs.FOLDER).resolve(FileLogDirs.ID_FILE));
  }

  /** By what the controllers are told, an emptied directory is known from one that only fails. */
  @Test
  void idsAreThoseOfAllDirectoriesThatAreNotGivenUp() throws IOException {
    List<UUID> first = ids("a", "b");
    assertEquals(2, first.size());
    assertEquals(first, ids("a", "b"));
    empty("b");
    assertEquals(first, ids("a", "b"), "its disk is not mounted, perhaps");
    Files.delete(list());
    List<UUID> now = ids("a", "b");
    assertEquals(2, now.size());
    assertEquals(1, now.stream().filter(first::contains).count());
  }

  private List<UUID> ids(String... names) {
    try (FileLogDirs opened = open(names)) {
      return opened.ids();
    }
  }

  @Test
  void newDirectoriesAreTakenAndFoundAgain() {
    assertEquals(paths("own", "a"), found("own", "a").usable());
    LogDirs again = found("own", "a");
    assertEquals(paths("own", "a"), again.usable());
    assertTrue(again.offline().isEmpty());
  }

  @Test
  void emptyFolderInThePlaceOfADirectoryIsADiskThatIsNotMounted() throws IOException {
    found("own", "a");
    empty("a");
    LogDirs dirs = found("own", "a");
    assertEquals(paths("own"), dirs.usable());
    assertEquals(Set.copyOf(paths("a")), dirs.offline().keySet());
    assertEquals(Set.copyOf(paths("a")), found("own", "a").offline().keySet(), "it stays so");
  }

  @Test
  void directoryWhoseLineIsRemovedIsGivenUpForGood() throws IOException {
    found("own", "a");
    empty("a");
    List<String> others =
        Files.readAllLines(list()).stream().filter(line -> !line.endsWith("/a")).toList();
    Files.write(list(), others);
    assertEquals(paths("own", "a"), found("own", "a").usable());
  }

  @Test
  void directoryThatIsNotNamedAnyMoreIsMissedUntilItsLineGoes() {
    found("own", "a");
    assertEquals(Set.copyOf(paths("a")), found("own").offline().keySet());
  }

  @Test
  void directoryUnderAnotherPathIsTheSame() throws IOException {
    found("own", "a");
    Files.move(path("a"), path("b"));
    LogDirs dirs = found("own", "b");
    assertEquals(paths("own", "b"), dirs.usable());
    assertTrue(dirs.offline().isEmpty());
    assertTrue(Files.readString(list()).contains(path("b").toString()));
  }

  @Test
  void directoryThatCanNotBeMadeIsLeftOut() throws IOException {
    Files.writeString(path("a"), "a file");
    LogDirs dirs = found("own", "a");
    assertEquals(paths("own"), dirs.usable());
    assertEquals(Set.copyOf(paths("a")), dirs.offline().keySet());
  }

  @Test
  void directoryOfAnotherNodeIsRefused() {
    try (FileDataDirectory other = FileDataDirectory.open(path("a"))) {
      StartException refused = assertThrows(StartException.class, () -> open("own", "a"));
      assertTrue(refused.getMessage().contains(other.path().toString()), refused.getMessage());
    }
    found("own", "a"); // Nothing is held by the start that was refused.
  }

  @Test
  void nodeWithoutAnyUsableDirectoryDoesNotStart() throws IOException {
    Files.writeString(path("a"), "a file");
    StartException refused = assertThrows(StartException.class, () -> open("a"));
    assertTrue(refused.getMessage().contains(path("a").toString()), refused.getMessage());
  }

  @Test
  void directoriesAreHeldUntilTheyAreClosed() {
    try (FileLogDirs first = open("own", "a")) {
      assertEquals(2, first.dirs().usable().size());
      assertThrows(StartException.class, () -> FileDataDirectory.open(path("a")));
    }
    FileDataDirectory.open(path("a")).close();
  }
}
