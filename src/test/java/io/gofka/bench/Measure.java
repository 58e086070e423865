package io.gofka.bench;

/**
 * What is measured.
 *
 * @see BrokerRound
 */
enum Measure {
  START("Time from exec to first answered Metadata request", "ms", 0.35),
  IDLE_MEMORY("Resident memory, idle", "MB", 0.6),
  PRODUCE_16K("Broker CPU per GB produced, 1 KB records, 16 KB batches", "s", 0.6),
  PRODUCE_256K("Broker CPU per GB produced, 1 KB records, 256 KB batches", "s", 0.8),
  CONSUME("Broker CPU per GB consumed", "s", 0.8),
  LATENCY_ACKS_1("End-to-end p99 at 1,000 records/s, acks=1", "ms", 0.8),
  LATENCY_ACKS_ALL("End-to-end p99 at 1,000 records/s, acks=all", "ms", 0.8);

  private final String title;
  private final String unit;
  private final double target;

  Measure(String title, String unit, double target) {
    this.title = title;
    this.unit = unit;
    this.target = target;
  }

  String title() {
    return title;
  }

  String unit() {
    return unit;
  }

  /** The largest ratio, ours to Kafka's, that we are content with. */
  double target() {
    return target;
  }
}
