package io.gofka.log;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a mapping at once. Release 17 has no public way; left to the collector, mappings would keep
 * deleted segments on the disk until it happens to run.
 */
final class Mappings {
  private static final Logger LOG = LoggerFactory.getLogger(Mappings.class);
  private static final MethodHandle INVOKE_CLEANER = find();

  private Mappings() {}

  static void unmap(MappedByteBuffer mapped) {
    if (INVOKE_CLEANER == null) {
      return;
    }
    try {
      INVOKE_CLEANER.invoke((ByteBuffer) mapped);
    } catch (Throwable failure) {
      throw new IllegalStateException("a mapping can't be ended", failure);
    }
  }

  private static MethodHandle find() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      var field = unsafe.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(field.get(null));
    } catch (ReflectiveOperationException | RuntimeException missing) {
      LOG.info("Mappings are left to the garbage collector: {}", missing.toString());
      return null;
    }
  }
}
