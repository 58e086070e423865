package io.gofka.config;

/** Where a value comes from, with the code by which DescribeConfigs says so. */
public enum ConfigSource {
  DYNAMIC_TOPIC_CONFIG(1),
  DYNAMIC_BROKER_CONFIG(2),
  DYNAMIC_DEFAULT_BROKER_CONFIG(3),
  STATIC_BROKER_CONFIG(4),
  DEFAULT_CONFIG(5),
  DYNAMIC_CLIENT_METRICS_CONFIG(7),
  DYNAMIC_GROUP_CONFIG(8);

  private final byte code;

  ConfigSource(int code) {
    this.code = (byte) code;
  }

  /** The int8 that stands for this source on the wire. */
  public byte code() {
    return code;
  }
}
