package io.gofka.rpc;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.metadata.BrokerHeartbeat;
import io.gofka.rpc.proto.Heartbeat;
import io.gofka.rpc.proto.HeartbeatReply;
import io.vertx.grpc.server.GrpcServerRequest;

/**
 * Takes the heartbeats of brokers elsewhere, and tells the controller when a stream of them ends.
 */
final class SessionServer {
  private final Bus bus;
  private final Leaders leaders;
  private final NodeServer server;
  private final String selfNodeId;

  SessionServer(Bus bus, Leaders leaders, NodeServer server, String selfNodeId) {
    this.bus = bus;
    this.server = server;
    this.leaders = leaders;
    this.selfNodeId = selfNodeId;
  }

  void onSession(GrpcServerRequest<Heartbeat, HeartbeatReply> stream) {
    new Session(stream);
  }

  private final class Session {
    private final GrpcServerRequest<Heartbeat, HeartbeatReply> stream;
    private final IncomingCall<Heartbeat, HeartbeatReply> call;
    private boolean known;
    private int brokerId;
    private long brokerEpoch;

    Session(GrpcServerRequest<Heartbeat, HeartbeatReply> stream) {
      this.stream = stream;
      this.call = new IncomingCall<>(server, stream, this::onOver);
      stream.endHandler(ended -> call.end());
      stream.handler(this::onHeartbeat);
      // One after the other: the answers have no other order than the questions.
      stream.pause();
      stream.fetch(1);
    }

    private void onHeartbeat(Heartbeat heartbeat) {
      known = true;
      brokerId = heartbeat.getBrokerId();
      brokerEpoch = heartbeat.getBrokerEpoch();
      bus.request(
              Addresses.BROKER_HEARTBEAT,
              new BrokerHeartbeat(
                  brokerId,
                  brokerEpoch,
                  heartbeat.getMetadataOffset(),
                  heartbeat.getWantFence(),
                  heartbeat.getWantShutDown()))
          .onComplete(
              reply ->
                  answer(
                      HeartbeatReply.newBuilder()
                          .setCaughtUp(reply.caughtUp())
                          .setFenced(reply.fenced())
                          .setShouldShutDown(reply.shouldShutDown())
                          .build()),
              failed ->
                  answer(
                      HeartbeatReply.newBuilder()
                          .setRefusal(CommandForwarder.refusal(leaders, selfNodeId, failed))
                          .build()));
    }

    private void answer(HeartbeatReply reply) {
      call.write(reply);
      if (!call.isOver()) {
        stream.fetch(1); // No heartbeat counts once the end of the session has been told.
      }
    }

    private void onOver() {
      if (known) {
        bus.request(
                Addresses.BROKER_STREAM_BROKEN,
                new BrokerHeartbeat.StreamBroken(brokerId, brokerEpoch))
            .onFailure(nobody -> {}); // Then there is no controller here that could care.
      }
    }
  }
}
