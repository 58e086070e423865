package io.gofka.system.process;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a test wants its broker.
 *
 * @param name names the broker's folder and log file
 * @param heap the value of {@code -Xmx}
 * @param kafka broker settings by Kafka's names
 * @param jvmOptions further options of the JVM
 * @param allowedInLog patterns of log lines that the test provokes on purpose
 * @param place in a cluster; empty for a broker that is alone
 */
public record BrokerSettings(
    String name,
    String heap,
    Map<String, String> kafka,
    List<String> jvmOptions,
    List<String> allowedInLog,
    Optional<ClusterPlace> place) {

  /**
   * Far below the default: where a loop waits, its stack is seen. See {@link LogAudit} for what is
   * held against it.
   */
  private static final int BLOCKED_LOOP_MS = 200;

  /** Whatever the machine has: with so many there are several data loops, with unequal shares. */
  private static final int PROCESSORS = 3;

  public BrokerSettings {
    kafka = Collections.unmodifiableMap(new LinkedHashMap<>(kafka));
    jvmOptions = List.copyOf(jvmOptions);
    allowedInLog = List.copyOf(allowedInLog);
  }

  /** A small broker that forms groups without delay and watches its buffers closely. */
  public static BrokerSettings named(String name) {
    return new BrokerSettings(
        name,
        "512m",
        Map.of("group.initial.rebalance.delay.ms", "0", "offsets.topic.num.partitions", "5"),
        List.of(
            "-Dio.netty.leakDetection.level=paranoid",
            "-Dgofka.event.loop.blocked.ms=" + BLOCKED_LOOP_MS,
            "-XX:ActiveProcessorCount=" + PROCESSORS,
            "-XX:+ExitOnOutOfMemoryError"),
        List.of(),
        Optional.empty());
  }

  /** A broker as its users run it: no settings, no options but the heap. */
  public static BrokerSettings plain(String name, String heap) {
    return new BrokerSettings(name, heap, Map.of(), List.of(), List.of(), Optional.empty());
  }

  public BrokerSettings with(String key, String value) {
    var changed = new LinkedHashMap<>(kafka);
    changed.put(key, value);
    return new BrokerSettings(name, heap, changed, jvmOptions, allowedInLog, place);
  }

  public BrokerSettings withHeap(String newHeap) {
    return new BrokerSettings(name, newHeap, kafka, jvmOptions, allowedInLog, place);
  }

  public BrokerSettings withJvmOption(String option) {
    var changed = new ArrayList<>(jvmOptions);
    changed.add(option);
    return new BrokerSettings(name, heap, kafka, changed, allowedInLog, place);
  }

  /** Log lines that match are expected, whatever their level. */
  public BrokerSettings allowingInLog(String pattern) {
    var changed = new ArrayList<>(allowedInLog);
    changed.add(pattern);
    return new BrokerSettings(name, heap, kafka, jvmOptions, changed, place);
  }

  /** One node of a cluster; its folder is named after it. */
  public BrokerSettings at(ClusterPlace newPlace) {
    return new BrokerSettings(
        name + "-" + newPlace.id(), heap, kafka, jvmOptions, allowedInLog, Optional.of(newPlace));
  }
}
