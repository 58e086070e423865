package io.gofka.raft;

import io.gofka.common.HostPort;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The configuration of the quorum: who votes. It travels in the log and in snapshots, and each
 * replica uses the latest one in its log, committed or not (dissertation §4.1).
 *
 * <p>A reserved seat belongs to a node that is named among the first voters, but was not there when
 * the quorum was formed. Its voter was taken out, so that nothing waits for it, and it becomes a
 * voter as soon as it has caught up. Taking out and adding are two changes, because exchanging a
 * voter in one step lets two majorities miss each other.
 *
 * <p>As bytes, big endian: version int8 (0), then the voters and the reserved seats, each as count
 * int16 and that many of: name (length int16, UTF-8), bound int8 (0 or 1), directory id (two int64
 * when bound), host (length int16, UTF-8), port int32.
 *
 * @param voters by node id
 * @param reserved by node id; no voter among them
 */
public record VoterSet(SortedMap<String, Voter> voters, SortedMap<String, Voter> reserved) {
  /** More voters or seats than this are damage or a mistake. */
  public static final int MAX_VOTERS = 99;

  /** No name or host is longer, in bytes. */
  static final int MAX_TEXT_BYTES = 1024;

  /** Nobody votes: what a replica knows that came to a cluster and has no log yet. */
  public static final VoterSet EMPTY = new VoterSet(new TreeMap<>());

  private static final byte VERSION = 0;

  public VoterSet {
    voters = sorted(voters);
    reserved = sorted(reserved);
    for (String name : reserved.keySet()) {
      if (voters.containsKey(name)) {
        throw new IllegalArgumentException(name + " is a voter and can't have a reserved seat");
      }
    }
  }

  public VoterSet(Map<String, Voter> voters) {
    this(new TreeMap<>(voters), new TreeMap<>());
  }

  public static VoterSet of(Voter... voters) {
    SortedMap<String, Voter> byName = new TreeMap<>();
    for (Voter voter : voters) {
      byName.put(voter.nodeId(), voter);
    }
    return new VoterSet(byName);
  }

  private static SortedMap<String, Voter> sorted(SortedMap<String, Voter> map) {
    if (map.size() > MAX_VOTERS) {
      throw new IllegalArgumentException(
          "at most " + MAX_VOTERS + " controllers can vote, not " + map.size());
    }
    map.forEach(
        (name, voter) -> {
          if (!name.equals(voter.nodeId())) {
            throw new IllegalArgumentException(voter + " is not called " + name);
          }
        });
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  /** Votes that decide: more than half. */
  public int majority() {
    return voters.size() / 2 + 1;
  }

  /**
   * Whether a replica is one of the voters.
   *
   * @param formed whether it took part in forming the quorum on its directory
   */
  public boolean isVoter(ReplicaKey replica, boolean formed) {
    Voter voter = voters.get(replica.nodeId());
    return voter != null && voter.isVotedBy(replica, formed);
  }

  /** The same with this voter added or exchanged; a seat reserved for it is taken. */
  VoterSet with(Voter voter) {
    SortedMap<String, Voter> changed = new TreeMap<>(voters);
    changed.put(voter.nodeId(), voter);
    SortedMap<String, Voter> seats = new TreeMap<>(reserved);
    seats.remove(voter.nodeId());
    return new VoterSet(changed, seats);
  }

  /** The same without the voter or the reserved seat of this name. */
  VoterSet without(String nodeId) {
    SortedMap<String, Voter> changed = new TreeMap<>(voters);
    changed.remove(nodeId);
    SortedMap<String, Voter> seats = new TreeMap<>(reserved);
    seats.remove(nodeId);
    return new VoterSet(changed, seats);
  }

  /** The same, with a reserved seat in place of this voter. */
  VoterSet withSeatFor(String nodeId) {
    SortedMap<String, Voter> seats = new TreeMap<>(reserved);
    seats.put(nodeId, voters.get(nodeId));
    return new VoterSet(without(nodeId).voters, seats);
  }

  /** As bytes on the heap. */
  public ByteBuf encode() {
    ByteBuf out = Unpooled.buffer();
    out.writeByte(VERSION);
    write(out, voters);
    write(out, reserved);
    return out;
  }

  private static void write(ByteBuf out, SortedMap<String, Voter> voters) {
    out.writeShort(voters.size());
    for (Voter voter : voters.values()) {
      writeText(out, voter.nodeId());
      out.writeBoolean(voter.directoryId().isPresent());
      voter
          .directoryId()
          .ifPresent(
              id ->
                  out.writeLong(id.getMostSignificantBits())
                      .writeLong(id.getLeastSignificantBits()));
      writeText(out, voter.address().host());
      out.writeInt(voter.address().port());
    }
  }

  private static void writeText(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_TEXT_BYTES) {
      throw new IllegalArgumentException("too long: " + text);
    }
    out.writeShort(bytes.length).writeBytes(bytes);
  }

  /**
   * Reads what {@link #encode} wrote; the reader index of the bytes stays.
   *
   * @throws IllegalArgumentException when they are something else
   */
  public static VoterSet decode(ByteBuf bytes) {
    ByteBuf in = bytes.duplicate();
    try {
      byte version = in.readByte();
      if (version != VERSION) {
        throw new IllegalArgumentException("no voters of version " + version + " are known");
      }
      VoterSet set = new VoterSet(read(in), read(in));
      if (in.isReadable()) {
        throw new IllegalArgumentException(in.readableBytes() + " bytes too many behind voters");
      }
      return set;
    } catch (IndexOutOfBoundsException cut) {
      throw new IllegalArgumentException("voters are cut short: " + cut.getMessage(), cut);
    }
  }

  private static SortedMap<String, Voter> read(ByteBuf in) {
    int count = in.readUnsignedShort();
    if (count > MAX_VOTERS) {
      throw new IllegalArgumentException("too many voters: " + count);
    }
    SortedMap<String, Voter> voters = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String nodeId = readText(in);
      Optional<UUID> directoryId =
          in.readBoolean() ? Optional.of(new UUID(in.readLong(), in.readLong())) : Optional.empty();
      HostPort address = new HostPort(readText(in), in.readInt());
      voters.put(nodeId, new Voter(nodeId, directoryId, address));
    }
    return voters;
  }

  private static String readText(ByteBuf in) {
    int length = in.readUnsignedShort();
    if (length > MAX_TEXT_BYTES) {
      throw new IllegalArgumentException("text of " + length + " bytes");
    }
    return in.readCharSequence(length, StandardCharsets.UTF_8).toString();
  }

  // Written out: linking the derived one is a noticeable part of the start of a node.
  @Override
  public boolean equals(Object other) {
    return other instanceof VoterSet that
        && voters.equals(that.voters)
        && reserved.equals(that.reserved);
  }

  @Override
  public int hashCode() {
    return 31 * voters.hashCode() + reserved.hashCode();
  }
}
