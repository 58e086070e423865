package io.gofka.client;

/**
 * How many partitions a broker has to do with.
 *
 * @param leaders that it leads
 * @param replicas that it has
 * @param outOfSync that it has without being in sync
 */
public record BrokerLoad(int leaders, int replicas, int outOfSync) {
  /** Of a broker without partitions. */
  public static final BrokerLoad NONE = new BrokerLoad(0, 0, 0);

  BrokerLoad plus(boolean leader, boolean inSync) {
    return new BrokerLoad(leaders + (leader ? 1 : 0), replicas + 1, outOfSync + (inSync ? 0 : 1));
  }
}
