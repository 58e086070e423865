package io.gofka.metadata;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.MessageReader;
import io.gofka.protocol.Wire;
import io.gofka.protocol.WireException;
import io.gofka.protocol.WireWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Commands and their replies as bytes, for the way to the active controller and back, by the
 * schemas in {@code src/main/resources/schemas}. A command is its type (int16), the version it is
 * written in (int16) and its content; a reply is the version and the content, and nothing at all
 * for {@link Void}.
 *
 * <p>Thread-safe. Buffers that come out are on the heap; those that go in are read from their
 * reader index to their end and left as they were.
 *
 * @param <C> command
 * @param <R> reply
 */
public final class CommandCodec<C extends Command<R>, R> {
  private static final short VERSION = 0;

  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false, true);

  private static final List<CommandCodec<?, ?>> ALL =
      Stream.of(
              TopicCommands.CODECS,
              PartitionCommands.CODECS,
              LeaderCommands.CODECS,
              ClusterCommands.CODECS,
              QuorumCommands.CODECS,
              RegistrationCommands.CODECS)
          .flatMap(List::stream)
          .toList();

  private static final Map<Short, CommandCodec<?, ?>> BY_TYPE =
      ALL.stream().collect(Collectors.toMap(codec -> codec.type, Function.identity()));

  private static final Map<Class<?>, CommandCodec<?, ?>> BY_CLASS =
      ALL.stream().collect(Collectors.toMap(codec -> codec.commandClass, Function.identity()));

  private final Class<C> commandClass;
  private final short type;
  private final Form<C, ?> command;
  private final Optional<Form<R, ?>> reply;

  /**
   * How one kind of content becomes a message of a schema, and the other way round.
   *
   * @param <T> content
   * @param <M> message
   */
  record Form<T, M extends ApiMessage>(
      MessageReader<M> reader, Function<T, M> toMessage, Function<M, T> toContent) {
    private ByteBuf write(T content, short... header) {
      M message = toMessage.apply(content);
      WireWriter out =
          WireWriter.allocate(HEAP, header.length * Short.BYTES + message.size(VERSION));
      for (short field : header) {
        out.int16(field);
      }
      message.write(out, VERSION);
      return out.toByteBuf();
    }

    private T read(ByteBuf in) {
      return toContent.apply(Wire.readFully(in, VERSION, reader));
    }
  }

  private CommandCodec(
      Class<C> commandClass, Form<C, ?> command, short type, Optional<Form<R, ?>> reply) {
    this.commandClass = commandClass;
    this.command = command;
    this.type = type;
    this.reply = reply;
  }

  /**
   * @param type number of the command in the schema
   */
  static <C extends Command<R>, R> CommandCodec<C, R> of(
      Class<C> commandClass, int type, Form<C, ?> command, Form<R, ?> reply) {
    return new CommandCodec<>(commandClass, command, (short) type, Optional.of(reply));
  }

  /** For a command that is answered with nothing but that it is done. */
  static <C extends Command<Void>> CommandCodec<C, Void> withoutReply(
      Class<C> commandClass, int type, Form<C, ?> command) {
    return new CommandCodec<>(commandClass, command, (short) type, Optional.empty());
  }

  /**
   * A command as bytes.
   *
   * @throws IllegalArgumentException when commands of its class stay on their node
   */
  public static <R> ByteBuf encode(Command<R> command) {
    return codec(command).write(command);
  }

  /**
   * The command in these bytes.
   *
   * @throws ApiException UNSUPPORTED_VERSION when it comes from a newer release, INVALID_REQUEST
   *     when it can't be read
   */
  public static Command<?> decode(ByteBuf bytes) {
    ByteBuf in = bytes.slice();
    try {
      short type = in.readShort();
      short version = in.readShort();
      CommandCodec<?, ?> codec = BY_TYPE.get(type);
      if (codec == null || version != VERSION) {
        throw new ApiException(
            ErrorCode.UNSUPPORTED_VERSION,
            "this node doesn't know command %d in version %d".formatted(type, version));
      }
      return codec.command.read(in);
    } catch (WireException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw unreadable("command", e);
    }
  }

  /** The reply to a command as bytes. */
  public static <R> ByteBuf encodeReply(Command<R> command, R reply) {
    return codec(command)
        .reply
        .map(form -> form.write(reply, VERSION))
        .orElse(Unpooled.EMPTY_BUFFER);
  }

  /**
   * The reply to a command; null for {@link Void}.
   *
   * @throws ApiException UNKNOWN_SERVER_ERROR when it can't be read: what became of the command is
   *     unknown
   */
  public static <R> R decodeReply(Command<R> command, ByteBuf bytes) {
    Optional<Form<R, ?>> form = codec(command).reply;
    if (form.isEmpty()) {
      return null;
    }
    ByteBuf in = bytes.slice();
    try {
      short version = in.readShort();
      if (version != VERSION) {
        throw new IllegalArgumentException("version " + version);
      }
      return form.get().read(in);
    } catch (WireException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new ApiException(
          ErrorCode.UNKNOWN_SERVER_ERROR,
          "the reply to " + command.getClass().getSimpleName() + " can't be read: " + e);
    }
  }

  private ByteBuf write(Command<R> content) {
    return command.write(commandClass.cast(content), type, VERSION);
  }

  @SuppressWarnings("unchecked") // The class of a command says what its reply is.
  private static <R> CommandCodec<?, R> codec(Command<R> command) {
    CommandCodec<?, ?> codec = BY_CLASS.get(command.getClass());
    if (codec == null) {
      throw new IllegalArgumentException("nobody carries " + command.getClass().getSimpleName());
    }
    return (CommandCodec<?, R>) codec;
  }

  private static ApiException unreadable(String what, Exception reason) {
    return new ApiException(
        ErrorCode.INVALID_REQUEST, "the " + what + " can't be read: " + reason.getMessage());
  }
}
