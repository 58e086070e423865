package io.gofka.rpc;

import io.gofka.common.HostPort;
import io.netty.channel.ChannelOption;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** A way to a node that can be cut: so that both sides notice, or so that packets vanish. */
final class Detour {
  private final NetServer server;
  private final NetClient client;
  private final Supplier<HostPort> target;
  private final Set<NetSocket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean vanishing;

  Detour(Vertx vertx, Supplier<HostPort> target) {
    this.server = vertx.createNetServer();
    this.client = vertx.createNetClient();
    this.target = target;
    server.connectHandler(this::onConnection);
    TalkingNode.await(server.listen(0, "127.0.0.1"));
  }

  HostPort address() {
    return new HostPort("127.0.0.1", server.actualPort());
  }

  private void onConnection(NetSocket in) {
    in.pause();
    client
        .connect(target.get().port(), target.get().host())
        .onFailure(refused -> in.close())
        .onSuccess(
            out -> {
              pass(in, out);
              pass(out, in);
              in.resume();
            });
  }

  private void pass(NetSocket from, NetSocket to) {
    open.add(from);
    from.closeHandler(
        closed -> {
          open.remove(from);
          to.close();
        });
    from.exceptionHandler(broken -> {});
    to.drainHandler(drained -> from.resume());
    from.handler(
        bytes -> {
          if (!vanishing) {
            to.write(bytes);
            if (to.writeQueueFull()) {
              from.pause();
            }
          }
        });
  }

  /** Connections that are open break; new ones are made. */
  void breakAll() {
    open.forEach(NetSocket::close);
  }

  /** Connections that are open are reset, as those of a killed process; returns when they are. */
  void resetAll() {
    List<NetSocket> all = List.copyOf(open); // The end of one brings the other side's along.
    for (NetSocket socket : all) {
      var channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    all.forEach(socket -> TalkingNode.await(socket.close()));
  }

  /** From now on nothing arrives any more, on either side. */
  void vanish() {
    vanishing = true;
  }
}
