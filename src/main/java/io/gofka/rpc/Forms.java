package io.gofka.rpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gofka.common.HostPort;
import io.gofka.common.Role;
import io.gofka.raft.NodeStatus;
import io.gofka.raft.NodeStatus.Standing;
import io.gofka.rpc.proto.Address;
import io.gofka.rpc.proto.Leader;
import io.gofka.rpc.proto.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Values in the form they have between nodes. Whatever can't be read fails with {@link
 * IllegalArgumentException}.
 */
final class Forms {
  private static final int MAX_NAME_CHARS = 249;
  private static final int MAX_HOST_CHARS = 255;

  private Forms() {}

  static Address address(HostPort address) {
    return Address.newBuilder().setHost(address.host()).setPort(address.port()).build();
  }

  static HostPort address(Address form) {
    if (form.getHost().isEmpty() || form.getHost().length() > MAX_HOST_CHARS) {
      throw new IllegalArgumentException(
          "a host of " + form.getHost().length() + " characters is none");
    }
    return new HostPort(form.getHost(), form.getPort());
  }

  static ByteString uuid(UUID id) {
    ByteBuffer bytes = ByteBuffer.allocate(16);
    bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()).flip();
    return ByteString.copyFrom(bytes);
  }

  static UUID uuid(ByteString form) {
    if (form.size() != 16) {
      throw new IllegalArgumentException("an id has 16 bytes, not " + form.size());
    }
    ByteBuffer bytes = form.asReadOnlyByteBuffer();
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  /** A node's name, or the empty text; both may be shown in a log. */
  static String name(String form) {
    if (form.length() > MAX_NAME_CHARS || !form.chars().allMatch(Forms::isNameCharacter)) {
      throw new IllegalArgumentException(
          "letters, digits, dots, underscores and dashes make a name, at most " + MAX_NAME_CHARS);
    }
    return form;
  }

  private static boolean isNameCharacter(int c) {
    return c < 128 && (Character.isLetterOrDigit(c) || c == '.' || c == '_' || c == '-');
  }

  static Leader leader(Leaders.Known known) {
    Leader.Builder form = Leader.newBuilder().setNodeId(known.nodeId()).setTerm(known.term());
    known.address().map(Forms::address).ifPresent(form::setAddress);
    return form.build();
  }

  static Leaders.Known leader(Leader form) {
    Optional<HostPort> address =
        form.hasAddress() ? Optional.of(address(form.getAddress())) : Optional.empty();
    return new Leaders.Known(form.getTerm(), name(form.getNodeId()), address);
  }

  static Status status(NodeStatus status, Leaders.Known leader) {
    Status.Builder form =
        Status.newBuilder()
            .setClusterId(status.clusterId())
            .setNodeId(status.nodeId())
            .setDirectoryId(uuid(status.directoryId()))
            .setIncarnationId(uuid(status.incarnationId()))
            .setAddress(address(status.address()))
            .setStanding(status.standing().name())
            .setLeader(leader(leader));
    status.roles().stream().sorted().forEach(role -> form.addRoles(role.name()));
    status.formedWith().forEach((nodeId, id) -> form.putFormedWith(nodeId, uuid(id)));
    status.peers().forEach((nodeId, at) -> form.putPeers(nodeId, address(at)));
    return form.build();
  }

  static NodeStatus status(Status form) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String role : form.getRolesList()) {
      roles.add(Role.valueOf(role));
    }
    SortedMap<String, UUID> formedWith = new TreeMap<>();
    form.getFormedWithMap().forEach((nodeId, id) -> formedWith.put(name(nodeId), uuid(id)));
    SortedMap<String, HostPort> peers = new TreeMap<>();
    form.getPeersMap().forEach((nodeId, at) -> peers.put(name(nodeId), address(at)));
    if (form.getNodeId().isEmpty()) {
      throw new IllegalArgumentException("a node without a name");
    }
    return new NodeStatus(
        name(form.getClusterId()),
        name(form.getNodeId()),
        uuid(form.getDirectoryId()),
        uuid(form.getIncarnationId()),
        roles,
        address(form.getAddress()),
        Standing.valueOf(form.getStanding()),
        formedWith,
        peers,
        name(form.getLeader().getNodeId()));
  }

  /** The bytes from reader to writer index, which never change: they aren't copied. */
  static ByteString bytes(ByteBuf heap) {
    return UnsafeByteOperations.unsafeWrap(heap.nioBuffer());
  }

  /** The same bytes on the heap; not copied. */
  static ByteBuf bytes(ByteString form) {
    if (form.isEmpty()) {
      return Unpooled.EMPTY_BUFFER;
    }
    Parts parts = new Parts();
    try {
      UnsafeByteOperations.unsafeWriteTo(form, parts);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return parts.collected == null ? Unpooled.EMPTY_BUFFER : parts.collected;
  }

  /** Takes the arrays that a byte string lies in. What was parsed here lies in a single one. */
  private static final class Parts extends ByteOutput {
    private ByteBuf collected;

    @Override
    public void write(byte value) {
      add(Unpooled.wrappedBuffer(new byte[] {value}));
    }

    @Override
    public void write(byte[] value, int offset, int length) {
      add(Unpooled.copiedBuffer(value, offset, length));
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
      add(Unpooled.wrappedBuffer(value, offset, length));
    }

    @Override
    public void write(ByteBuffer value) {
      add(Unpooled.copiedBuffer(value));
    }

    @Override
    public void writeLazy(ByteBuffer value) {
      add(value.hasArray() ? Unpooled.wrappedBuffer(value) : Unpooled.copiedBuffer(value));
    }

    private void add(ByteBuf part) {
      collected = collected == null ? part : Unpooled.copiedBuffer(collected, part);
    }
  }
}
