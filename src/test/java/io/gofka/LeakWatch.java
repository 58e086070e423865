package io.gofka;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.slf4j.LoggerFactory;

/**
 * Fails each test class that loses a buffer which nobody has released. It is there for all of them,
 * so that a loss is blamed on the class that made it, and not on one that comes later.
 */
public final class LeakWatch implements BeforeAllCallback, AfterAllCallback {
  private static final long COLLECTION_LIMIT_MS = 30_000;

  private static final Logger DETECTOR =
      (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    ListAppender<ILoggingEvent> reports = new ListAppender<>();
    reports.start();
    DETECTOR.addAppender(reports);
    store(context).put(LeakWatch.class, reports);
  }

  @Override
  @SuppressWarnings("unchecked")
  public void afterAll(ExtensionContext context) throws InterruptedException {
    collect();
    // Reports are made when a buffer is allocated after an earlier one was collected.
    PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    PooledByteBufAllocator.DEFAULT.compositeBuffer().release();
    ListAppender<ILoggingEvent> reports =
        (ListAppender<ILoggingEvent>) store(context).get(LeakWatch.class, ListAppender.class);
    DETECTOR.detachAppender(reports);
    List<String> leaks =
        List.copyOf(reports.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
    if (!leaks.isEmpty()) {
      throw new AssertionError(
          context.getDisplayName() + " loses " + leaks.size() + " buffers: " + leaks);
    }
  }

  /** Until what was unreachable is known to be. */
  private static void collect() throws InterruptedException {
    ReferenceQueue<Object> collected = new ReferenceQueue<>();
    WeakReference<Object> mark = new WeakReference<>(new Object(), collected);
    System.gc();
    if (collected.remove(COLLECTION_LIMIT_MS) != mark) {
      throw new AssertionError("nothing is collected within " + COLLECTION_LIMIT_MS + " ms");
    }
  }

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(Namespace.create(LeakWatch.class, context.getUniqueId()));
  }
}
