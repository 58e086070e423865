package io.gofka.api;

/** Whom a Kafka listener leads to (KIP-919). */
public enum EndpointType {
  /** Clients meet a broker. */
  BROKERS(1),
  /** Kafka's tools meet a controller, which may be no broker. */
  CONTROLLERS(2);

  private final byte code;

  EndpointType(int code) {
    this.code = (byte) code;
  }

  /** As DescribeCluster numbers it. */
  public byte code() {
    return code;
  }
}
