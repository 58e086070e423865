package io.gofka.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Fails when Netty has lost a buffer that nobody released, while this was open. */
final class LeakWatch implements AutoCloseable {
  private final Logger detector = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

  LeakWatch() {
    assertEquals(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
    reports.start();
    detector.addAppender(reports);
  }

  @Override
  public void close() {
    // Reports are made when a buffer is allocated after an earlier one was collected.
    for (int i = 0; i < 3; i++) {
      System.gc();
      PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
      PooledByteBufAllocator.DEFAULT.compositeBuffer().release();
    }
    detector.detachAppender(reports);
    assertEquals(
        List.of(),
        List.copyOf(reports.list).stream().map(ILoggingEvent::getFormattedMessage).toList());
  }
}
