package io.gofka.record;

/** Whose clock the timestamps of a batch come from. */
public enum TimestampType {
  CREATE_TIME("CreateTime"),
  LOG_APPEND_TIME("LogAppendTime");

  private final String configName;

  TimestampType(String configName) {
    this.configName = configName;
  }

  /** Its value in {@code message.timestamp.type}. */
  public String configName() {
    return configName;
  }
}
