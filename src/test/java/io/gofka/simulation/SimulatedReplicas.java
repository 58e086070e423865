package io.gofka.simulation;

import io.gofka.bus.Address;
import io.gofka.bus.Addresses;
import io.gofka.common.ErrorCode;
import io.gofka.group.SimulatedCoordinator;
import io.gofka.log.SimulatedShard;
import io.gofka.metadata.image.ImageChange;
import io.gofka.replica.ChangeIsrs;
import io.gofka.replica.FollowerMessage;
import io.gofka.replica.IsrChange;
import io.gofka.replica.IsrVerticle;
import io.gofka.replica.LeaderMessage;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The replicas of a simulated broker in one life: a real shard of logs on the broker's disk. */
final class SimulatedReplicas implements SimulatedShard.Surroundings {
  private final ReplicationWorkload workload;
  private final SimulatedBroker broker;
  private final int life;
  private final int brokerId;
  private final SimulatedShard shard;
  private final List<ImageChange> early = new ArrayList<>();
  private boolean started;

  SimulatedReplicas(
      ReplicationWorkload workload, SimulatedBroker broker, SimulatedShard.Disk disk) {
    this.workload = workload;
    this.broker = broker;
    this.life = broker.incarnation();
    this.brokerId = broker.registration().brokerId();
    try {
      this.shard =
          new SimulatedShard(
              brokerId,
              broker.registration().brokerEpoch(),
              workload.lagTimeMaxMs(),
              workload.checkpointIntervalMs(),
              disk,
              this);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Opens the logs that there are.
   *
   * @param whenReady it leads and follows from then on
   */
  void start(Runnable whenReady) {
    SimulatedBus bus = broker.services().bus();
    broker.services().loop().start(new IsrVerticle(bus, brokerId, broker.incarnationId()));
    bus.listen(
        Addresses.METADATA_CHANGED,
        change -> {
          if (started) {
            shard.onChange(change);
          } else {
            early.add(change);
          }
        });
    shard.start(
        broker.services().currentImage(),
        () -> {
          started = true;
          broker.trace("has opened its logs");
          early.forEach(shard::onChange);
          early.clear();
          serve(bus);
          broker
              .services()
              .loop()
              .start(
                  SimulatedCoordinator.verticle(
                      new FarBus(bus, broker),
                      brokerId,
                      workload.groupClients().settings(),
                      this::nowMs,
                      this::timestampMs,
                      name -> name + "-" + unique()));
          whenReady.run();
        });
  }

  private void serve(SimulatedBus bus) {
    serve(bus, Addresses.LOG_APPEND, shard::append);
    serve(bus, Addresses.LOG_READ, shard::read);
    serve(bus, Addresses.LOG_FIND_OFFSETS, shard::findOffsets);
    serve(
        bus,
        Addresses.LOG_FIND_EPOCH_ENDS,
        (request, reply) -> reply.accept(shard.findEpochEnds(request)));
  }

  private <Q, R> void serve(
      SimulatedBus bus, Address<Q, R> address, BiConsumer<Q, Consumer<R>> handler) {
    bus.serve(
        address.at(0),
        request -> {
          Promise<R> answer = Promise.promise();
          handler.accept(request, answer::tryComplete);
          return answer.future();
        });
  }

  SimulatedShard shard() {
    return shard;
  }

  boolean isStarted() {
    return started;
  }

  int brokerId() {
    return brokerId;
  }

  @Override
  public long timestampMs() {
    return workload.timestampMs(broker);
  }

  @Override
  public long nowMs() {
    return broker.nowMs();
  }

  @Override
  public boolean isDiskSlow() {
    return workload.isDiskSlow(broker);
  }

  @Override
  public void after(long delayMs, Runnable action) {
    if (delayMs == 0) {
      broker.afterwards(0, action);
    } else {
      broker.afterMs(delayMs, action);
    }
  }

  @Override
  public void afterWork(boolean onDisk, Runnable action) {
    broker.afterwards(workload.workMicros(broker, onDisk), action);
  }

  @Override
  public void toLeader(int leaderId, List<FollowerMessage> messages) {
    workload.streams().toLeader(broker, leaderId, messages);
  }

  @Override
  public void toFollower(
      int followerId, List<LeaderMessage> messages, Runnable written, Runnable lost) {
    workload.streams().toFollower(broker, followerId, messages, written, lost);
  }

  @Override
  public void changeIsrs(
      List<IsrChange> changes, Consumer<List<ErrorCode>> answered, Consumer<Throwable> failed) {
    if (broker.world().tracing()) {
      broker.trace("wants %s", changes);
    }
    broker
        .services()
        .bus()
        .request(Addresses.REPLICA_CHANGE_ISRS, new ChangeIsrs(changes))
        .onComplete(
            errors -> inThisLife(() -> answered.accept(errors)),
            cause -> inThisLife(() -> failed.accept(cause)));
  }

  private void inThisLife(Runnable action) {
    if (broker.isUp() && broker.incarnation() == life) {
      broker.afterwards(
          0,
          () -> {
            action.run();
            touched();
          });
    }
  }

  @Override
  public UUID unique() {
    return new UUID(broker.world().random().nextLong(), broker.world().random().nextLong());
  }

  @Override
  public void touched() {
    workload.onTouched(broker);
  }

  @Override
  public void failed(Throwable bug) {
    throw new Violation("shards don't fail", broker.name() + ": " + bug, bug);
  }
}
