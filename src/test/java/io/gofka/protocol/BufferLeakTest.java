package io.gofka.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Message;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** All messages through pooled buffers, whole and torn, under Netty's leak detector. */
class BufferLeakTest {
  private static final PooledByteBufAllocator POOL = PooledByteBufAllocator.DEFAULT;

  @Test
  void readingAndWritingLeavesNoReferenceBehind() throws Exception {
    assertEquals(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
    Logger detector = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    ListAppender<ILoggingEvent> reports = new ListAppender<>();
    reports.start();
    detector.addAppender(reports);
    try {
      for (Class<? extends ApiMessage> type : GofkaObjects.messageClasses()) {
        var kafkas = KafkaObjects.classOf(type.getSimpleName());
        if (kafkas.isPresent()) {
          readAndWrite(type, kafkas.get());
        }
      }
      System
          .gc(); // Reports are made when a buffer is allocated after an earlier one was collected.
      POOL.buffer(1).release();
    } finally {
      detector.detachAppender(reports);
    }
    assertEquals(List.of(), reports.list.stream().map(ILoggingEvent::getMessage).toList());
  }

  private static void readAndWrite(
      Class<? extends ApiMessage> type, Class<? extends Message> kafkas) throws Exception {
    short version = type.getConstructor().newInstance().highestSupportedVersion();
    Shape shape = KafkaObjects.shape(kafkas, version);
    byte[] bytes =
        GofkaObjects.write(
            GofkaObjects.create(type, Content.random(shape, new Random(version), 1)), version);
    MessageReader<? extends ApiMessage> reader = GofkaObjects.reader(type);
    for (int length : new int[] {bytes.length, bytes.length / 2}) {
      ByteBuf frame = POOL.directBuffer(Math.max(1, length)).writeBytes(bytes, 0, length);
      try {
        ApiMessage message = reader.read(frame, version);
        GofkaObjects.retainPayloads(message);
        ByteBuf written = Wire.toByteBuf(POOL, message, version);
        assertEquals(bytes.length, written.readableBytes());
        written.release();
      } catch (WireException e) {
        assertEquals(bytes.length / 2, length, e.getMessage());
      }
      assertEquals(1, frame.refCnt(), type.getSimpleName());
      frame.release();
    }
  }
}
