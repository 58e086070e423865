package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.protocol.message.FetchRequest;
import io.gofka.protocol.message.ProduceRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class WireReaderTest {
  private static final short VERSION = 9;

  @Test
  void errorNamesMessageVersionFieldAndWhatWasWrong() {
    ByteBuf frame = Unpooled.buffer();
    frame.writeByte(0); // no transactional id
    frame.writeShort(-1).writeInt(1000); // acks, timeout
    frame.writeByte(2); // one topic
    frame.writeByte(2).writeByte('t');
    frame.writeByte(100); // ninety-nine partitions
    WireException e = assertThrows(WireException.class, () -> ProduceRequest.read(frame, VERSION));
    assertEquals("ProduceRequest v9, topicData.partitionData: length 99, 0 left", e.getMessage());
    assertEquals(0, e.getStackTrace().length);
  }

  @Test
  void versionThatDoesNotExistIsRefused() {
    WireException e =
        assertThrows(WireException.class, () -> ProduceRequest.read(Unpooled.buffer(), (short) 2));
    assertEquals("ProduceRequest has no version 2, only 3 to 13", e.getMessage());
  }

  @Test
  void lengthsBelowMinusOneAndBeyondTheEndAreRefused() {
    assertRefused("fffe", in -> in.string(false, true, "f"));
    assertRefused("8000", in -> in.string(false, true, "f"));
    assertRefused("0003" + "6161", in -> in.string(false, true, "f"));
    assertRefused("04" + "6161", in -> in.string(true, true, "f"));
    assertRefused("fffffffe", in -> in.bytes(false, true, "f"));
    assertRefused("7fffffff", in -> in.bytes(false, true, "f"));
    assertRefused("ffffffff07", in -> in.records(true, true, "f"));
    assertRefused("7fffffff", in -> in.arrayLength(false, true, 1, "f"));
    assertRefused("00000003" + "0000000000", in -> in.arrayLength(false, true, 2, "f"));
  }

  @Test
  void nullIsReadWhereAllowedAndRefusedElsewhere() {
    assertNull(reader("ffff").string(false, true, "f"));
    assertNull(reader("00").string(true, true, "f"));
    assertNull(reader("ffffffff").bytes(false, true, "f"));
    assertNull(reader("00").records(true, true, "f"));
    assertEquals(-1, reader("00").arrayLength(true, true, 1, "f"));
    assertRefused("ffff", in -> in.string(false, false, "f"));
    assertRefused("00", in -> in.string(true, false, "f"));
    assertRefused("ffffffff", in -> in.bytes(false, false, "f"));
    assertRefused("00", in -> in.arrayLength(true, false, 1, "f"));
  }

  @Test
  void stringsAreStrictUtf8() {
    String text = "aß\u20ac\ud83d\ude00\ufffd";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    String hex = HexFormat.of().formatHex(bytes);
    assertEquals(
        text,
        reader(HexFormat.of().toHexDigits((short) bytes.length) + hex).string(false, false, "f"));
    assertRefused("0001" + "ff", in -> in.string(false, false, "f"));
    assertRefused("0002" + "c0af", in -> in.string(false, false, "f")); // overlong slash
    assertRefused("0003" + "eda080", in -> in.string(false, false, "f")); // half a surrogate pair
    assertRefused("0002" + "e282", in -> in.string(false, false, "f")); // torn
  }

  @Test
  void compactStringsAreNoLongerThanTheOthersCanBe() {
    ByteBuf longest = Unpooled.buffer().writeByte(0x80).writeByte(0x80).writeByte(2);
    longest.writeZero(32767);
    assertEquals(32767, reader(longest).string(true, false, "f").length());
    ByteBuf longer = Unpooled.buffer().writeByte(0x81).writeByte(0x80).writeByte(2);
    longer.writeZero(32768);
    assertThrows(WireException.class, () -> reader(longer).string(true, false, "f"));
  }

  @Test
  void varintsOfMoreThanFiveBytesOrBeyond31BitsAreRefused() {
    assertEquals(Integer.MAX_VALUE, tag("ffffffff07"));
    assertEquals(0, tag("8080808000"));
    assertRefused("ffffffff0f", in -> in.nextTag(-1));
    assertRefused("8080808010", in -> in.nextTag(-1));
    assertRefused("808080808000", in -> in.nextTag(-1));
    assertRefused("ffffffffffffffffff01", in -> in.nextTag(-1));
    assertRefused("8080", in -> in.nextTag(-1));
  }

  @Test
  void tagsAscend() {
    assertEquals(2, reader("02" + "0100" + "0501aa").unknownTags().size());
    assertRefused("02" + "0500" + "0100", WireReader::unknownTags);
    assertRefused("02" + "0100" + "0100", WireReader::unknownTags);
    assertRefused("02" + "0100", WireReader::unknownTags);
    assertRefused("01" + "0102aa", WireReader::unknownTags);
    assertSame(List.of(), reader("00").unknownTags());
  }

  @Test
  void knownTaggedFieldHasExactlyItsSize() {
    // clusterId, tag 0 of FetchRequest from version 12 on: "a"
    assertEquals("a", fetchWithTag("00" + "02" + "0261").clusterId());
    WireException tooLong =
        assertThrows(WireException.class, () -> fetchWithTag("00" + "03" + "026100"));
    assertEquals(
        "FetchRequest v12, clusterId: the tagged field is 1 bytes too long", tooLong.getMessage());
    WireException tooShort =
        assertThrows(WireException.class, () -> fetchWithTag("00" + "01" + "0261"));
    assertEquals("FetchRequest v12, clusterId: length 1, 0 left", tooShort.getMessage());
  }

  @Test
  void structMarkerIsOneOrMinusOne() {
    assertTrue(reader("01").present(true, "f"));
    assertTrue(!reader("ff").present(true, "f"));
    assertRefused("00", in -> in.present(true, "f"));
    assertRefused("02", in -> in.presentInTag(true, "f"));
  }

  @Test
  void nestingHasABound() {
    WireReader in = reader("");
    for (int depth = 0; depth < FieldPath.MAX_DEPTH; depth++) {
      in.enter("f");
    }
    assertThrows(WireException.class, () -> in.enter("f"));
  }

  @Test
  void bytesAreSlicesOfTheInputWithoutAReferenceOfTheirOwn() {
    ByteBuf input = Unpooled.buffer().writeInt(4).writeInt(0x01020304);
    ByteBuf bytes = reader(input).bytes(false, false, "f");
    input.setByte(4, 9);
    assertEquals(9, bytes.getByte(0));
    assertEquals(1, input.refCnt());
    input.release();
    assertEquals(0, bytes.refCnt());
  }

  @Test
  void leftoversAreRefusedWhereTheMessageMustFillItsFrame() {
    byte[] frame = GofkaObjects.write(new FetchRequest(), (short) 12);
    ByteBuf longer = Unpooled.wrappedBuffer(frame, new byte[1]);
    WireException e =
        assertThrows(
            WireException.class, () -> Wire.readFully(longer, (short) 12, FetchRequest::read));
    assertEquals("FetchRequest v12: 1 bytes follow the message", e.getMessage());
  }

  private static FetchRequest fetchWithTag(String tag) {
    byte[] frame = GofkaObjects.write(new FetchRequest(), (short) 12);
    ByteBuf in = Unpooled.buffer();
    in.writeBytes(frame, 0, frame.length - 1).writeByte(1);
    in.writeBytes(HexFormat.of().parseHex(tag));
    return Wire.readFully(in, (short) 12, FetchRequest::read);
  }

  private static int tag(String hex) {
    return reader(hex).nextTag(-1);
  }

  private static WireReader reader(String hex) {
    return reader(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex)));
  }

  private static WireReader reader(ByteBuf in) {
    return new WireReader(in, "Test", VERSION, VERSION, VERSION);
  }

  private static void assertRefused(String hex, java.util.function.Consumer<WireReader> reading) {
    WireReader in = reader(hex);
    assertThrows(WireException.class, () -> reading.accept(in), hex);
  }
}
