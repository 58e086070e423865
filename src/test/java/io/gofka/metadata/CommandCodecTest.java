package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CommandCodecTest {
  private static final int ROUNDS = 200;

  static List<Class<?>> commands() {
    return new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.gofka.metadata")
            .stream()
            .filter(
                candidate -> candidate.isAssignableTo(Command.class) && !candidate.isInterface())
            .<Class<?>>map(JavaClass::reflect)
            .toList();
  }

  private static Type replyType(Class<?> command) {
    return Stream.of(command.getGenericInterfaces())
        .filter(ParameterizedType.class::isInstance)
        .map(ParameterizedType.class::cast)
        .filter(implemented -> implemented.getRawType() == Command.class)
        .findFirst()
        .orElseThrow()
        .getActualTypeArguments()[0];
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandArrivesAsItWasSent(Class<?> type) {
    RandomContent content = new RandomContent(new Random(1));
    for (int round = 0; round < ROUNDS; round++) {
      Command<?> command = (Command<?>) content.of(type);
      ByteBuf bytes = CommandCodec.encode(command);
      assertEquals(command, CommandCodec.decode(bytes));
      assertTrue(bytes.isReadable(), "the buffer stays as it was");
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyReplyArrivesAsItWasGiven(Class<?> type) {
    RandomContent content = new RandomContent(new Random(2));
    for (int round = 0; round < ROUNDS; round++) {
      assertReplyArrives((Command<?>) content.of(type), content);
    }
  }

  @SuppressWarnings("unchecked") // The reply is made of the type that the command names.
  private static <R> void assertReplyArrives(Command<R> command, RandomContent content) {
    Type type = replyType(command.getClass());
    R reply = type == Void.class ? null : (R) content.of(type);
    assertEquals(
        reply, CommandCodec.decodeReply(command, CommandCodec.encodeReply(command, reply)));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void cutOffCommandIsRefusedAndNothingElseHappens(Class<?> type) {
    RandomContent content = new RandomContent(new Random(3));
    ByteBuf bytes = CommandCodec.encode((Command<?>) content.of(type));
    for (int length = 0; length < bytes.readableBytes(); length++) {
      ByteBuf part = bytes.slice(0, length);
      ApiException refused =
          assertThrows(
              ApiException.class, () -> CommandCodec.decode(part), () -> type + " " + part);
      assertEquals(ErrorCode.INVALID_REQUEST, refused.errorCode());
    }
  }

  @Test
  void commandOfNewerReleaseIsRefusedAsUnsupported() {
    ByteBuf unknownType = Unpooled.buffer().writeShort(32_000).writeShort(0);
    ByteBuf newerVersion = CommandCodec.encode(new DescribeQuorum()).setShort(2, 1);
    for (ByteBuf bytes : List.of(unknownType, newerVersion)) {
      ApiException refused = assertThrows(ApiException.class, () -> CommandCodec.decode(bytes));
      assertEquals(ErrorCode.UNSUPPORTED_VERSION, refused.errorCode());
    }
  }

  @Test
  void enumConstantThatNobodyKnowsIsRefused() {
    ByteBuf bytes =
        CommandCodec.encode(
            new ElectLeaders(
                ElectLeaders.ElectionType.PREFERRED, java.util.Optional.empty(), 1_000));
    bytes.setByte(4, 7);
    ApiException refused = assertThrows(ApiException.class, () -> CommandCodec.decode(bytes));
    assertEquals(ErrorCode.INVALID_REQUEST, refused.errorCode());
  }

  @Test
  void thereAreCommandsToTest() {
    assertFalse(commands().size() < 12, () -> commands().toString());
  }
}
