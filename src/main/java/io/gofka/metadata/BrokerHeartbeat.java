package io.gofka.metadata;

/**
 * A broker is alive. Answered with a {@link Reply} by the active controller.
 *
 * @param brokerEpoch of its registration
 * @param metadataOffset of the image that the broker has
 * @param wantFence the broker doesn't want to lead anything
 * @param wantShutDown the broker wants to stop as soon as nobody needs it
 */
public record BrokerHeartbeat(
    int brokerId, long brokerEpoch, long metadataOffset, boolean wantFence, boolean wantShutDown) {
  /**
   * How the controller sees the broker.
   *
   * @param caughtUp whether its image has its own registration
   * @param shouldShutDown whether nobody needs it any more, so that it may stop
   */
  public record Reply(boolean caughtUp, boolean fenced, boolean shouldShutDown) {}

  /** The stream that brought a broker's heartbeats has broken. */
  public record StreamBroken(int brokerId, long brokerEpoch) {}
}
