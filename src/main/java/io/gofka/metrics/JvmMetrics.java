package io.gofka.metrics;

import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.util.concurrent.TimeUnit;

/**
 * What the Java virtual machine says of itself.
 *
 * @param startedSeconds wall clock of the start, in seconds since 1970
 * @param cpuSeconds processor time since then
 */
record JvmMetrics(
    double startedSeconds, double cpuSeconds, long heapUsedBytes, long heapMaxBytes, int threads) {

  static JvmMetrics read() {
    RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
    Runtime memory = Runtime.getRuntime();
    return new JvmMetrics(
        runtime.getStartTime() / 1e3,
        cpuNanos() / (double) TimeUnit.SECONDS.toNanos(1),
        memory.totalMemory() - memory.freeMemory(),
        memory.maxMemory(),
        ManagementFactory.getThreadMXBean().getThreadCount());
  }

  private static long cpuNanos() {
    return ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .map(java.time.Duration::toNanos)
        .orElse(0L);
  }
}
