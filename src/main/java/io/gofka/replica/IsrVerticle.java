package io.gofka.replica;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.AlterPartition;
import io.gofka.metadata.CommandRequest;
import io.gofka.metadata.image.BrokerImage;
import io.gofka.metadata.image.ClusterImage;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Brings the ISRs that this broker's leaders want to the active controller, under the epoch of this
 * very process: what an older or a younger one of the same broker id wants is refused there.
 */
public final class IsrVerticle extends VerticleBase {
  /** Then the leaders try again: by now there may be another controller. */
  static final int TIMEOUT_MS = 5_000;

  private final Bus bus;
  private final int brokerId;
  private final UUID incarnationId;

  /**
   * @param incarnationId with which this process has registered
   */
  public IsrVerticle(Bus bus, int brokerId, UUID incarnationId) {
    this.bus = bus;
    this.brokerId = brokerId;
    this.incarnationId = incarnationId;
  }

  @Override
  public Future<?> start() {
    return bus.serve(Addresses.REPLICA_CHANGE_ISRS, this::change);
  }

  @Override
  public Future<?> stop() {
    return bus.withdraw(Addresses.REPLICA_CHANGE_ISRS);
  }

  private Future<List<ErrorCode>> change(ChangeIsrs wanted) {
    return bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage())
        .map(this::brokerEpoch)
        .compose(brokerEpoch -> ask(command(wanted, brokerEpoch)));
  }

  /** A broker may register more than once in its life; another process has another incarnation. */
  private long brokerEpoch(ClusterImage image) {
    Optional<BrokerImage> own = image.broker(brokerId);
    return own.filter(broker -> broker.incarnationId().equals(incarnationId))
        .orElseThrow(
            () ->
                new ApiException(
                    ErrorCode.STALE_BROKER_EPOCH,
                    "broker " + brokerId + " is not registered as " + incarnationId))
        .epoch();
  }

  private AlterPartition command(ChangeIsrs wanted, long brokerEpoch) {
    return new AlterPartition(
        brokerId, brokerEpoch, wanted.changes().stream().map(IsrVerticle::change).toList());
  }

  private static AlterPartition.Change change(IsrChange change) {
    return new AlterPartition.Change(
        change.topicId(),
        change.partition(),
        change.leaderEpoch(),
        change.partitionEpoch(),
        change.isr().stream()
            .map(each -> new AlterPartition.InSync(each.brokerId(), each.brokerEpoch()))
            .toList(),
        change.leaderRecoveryState());
  }

  private Future<List<ErrorCode>> ask(AlterPartition command) {
    CommandRequest<List<AlterPartition.Result>> request =
        new CommandRequest<>(command, CommandRequest.ANONYMOUS, TIMEOUT_MS);
    return bus.request(Addresses.METADATA_COMMAND, request)
        .map(
            result ->
                ((List<?>) result.reply())
                    .stream().map(each -> ((AlterPartition.Result) each).error()).toList());
  }
}
