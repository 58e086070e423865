package io.gofka.network;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Clients on the broker's own machine have no network that could be congested. Where BBR is the
 * default, the kernel paces what it sends to them all the same, with a timer for every 64 KiB: that
 * is more than half of the processor time of sending, and limits the rate. Their connections use
 * what paces nothing; all others stay as the machine's owner wants them.
 */
final class CongestionControl {
  /** Built into every Linux kernel, and allowed to everybody. */
  private static final String UNPACED = "reno";

  private static final int IPPROTO_TCP = 6;
  private static final int TCP_CONGESTION = 13;
  private static final int NAME_BYTES = 16;

  /** Of the native transport of Linux; others don't know it. */
  static final RawUnixChannelOption OPTION =
      new RawUnixChannelOption("TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, NAME_BYTES);

  private CongestionControl() {}

  /**
   * For a connection that was just accepted. It is no longer paced as BBR would, but paced all the
   * same, as it began with BBR; the next ones of a listener that has none but such clients are not.
   */
  static void choose(Channel accepted) {
    if (isLoopback(accepted.remoteAddress())) {
      choose(accepted.config());
    }
    if (isLoopback(accepted.parent().localAddress())) {
      choose(accepted.parent().config());
    }
  }

  private static boolean isLoopback(SocketAddress address) {
    return address instanceof InetSocketAddress known
        && !known.isUnresolved()
        && known.getAddress().isLoopbackAddress();
  }

  private static void choose(ChannelConfig config) {
    ByteBuffer name = ByteBuffer.allocate(NAME_BYTES);
    name.put(UNPACED.getBytes(StandardCharsets.US_ASCII)).rewind();
    try {
      config.setOption(OPTION, name);
    } catch (ChannelException refused) {
      // It stays as it is: slower, and just as right. A closed one is told of soon enough.
    }
  }
}
