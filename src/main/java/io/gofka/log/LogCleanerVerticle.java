package io.gofka.log;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigResource;
import io.gofka.log.FindDirtiestLog.DirtyLog;
import io.gofka.log.compact.Throttle;
import io.gofka.metadata.image.ClusterImage;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the logs of this node compacted, the dirtiest first: asks the shards from time to time which
 * log needs it most, and lets at most {@code log.cleaner.threads} be cleaned at once. All settings
 * but {@code log.cleaner.enable} take effect while it runs.
 */
public final class LogCleanerVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(LogCleanerVerticle.class);

  /** What the keys may take of the heap at most, whatever the settings say. */
  private static final int MAX_SHARE_OF_HEAP = 4;

  private static final long NO_TIMER = -1;

  private final Bus bus;
  private final LogShards shards;
  private final int brokerId;
  private final BrokerConfig staticConfig;
  private final Throttle throttle;
  private BrokerConfig config;
  private long timer = NO_TIMER;
  private boolean looking;
  private int cleanings;

  /**
   * @param config of the broker, before any dynamic setting
   */
  public LogCleanerVerticle(Bus bus, LogShards shards, int brokerId, BrokerConfig config) {
    this.bus = bus;
    this.shards = shards;
    this.brokerId = brokerId;
    this.staticConfig = config;
    this.config = config;
    this.throttle = new Throttle(config.logCleanerIoMaxBytesPerSecond(), System.nanoTime());
  }

  @Override
  public Future<?> start() {
    if (!staticConfig.logCleanerEnable()) {
      return Future.succeededFuture();
    }
    return bus.listen(Addresses.METADATA_CHANGED, change -> use(change.image()))
        .compose(v -> bus.listen(Addresses.LOG_CLEANING_ENDED, ended -> onEnded()))
        .compose(v -> bus.request(Addresses.METADATA_IMAGE, new Addresses.CurrentImage()))
        .onSuccess(
            image -> {
              use(image);
              lookLater();
            });
  }

  private void use(ClusterImage image) {
    BrokerConfig before = config;
    config =
        staticConfig.withDynamic(
            image.overrides(ConfigResource.ALL_BROKERS),
            image.overrides(ConfigResource.broker(brokerId)));
    throttle.bytesPerSecond(config.logCleanerIoMaxBytesPerSecond());
    if (timer != NO_TIMER && config.logCleanerBackoffMs() != before.logCleanerBackoffMs()) {
      lookLater();
    }
  }

  private void onEnded() {
    cleanings--;
    look();
  }

  private void lookLater() {
    if (timer != NO_TIMER) {
      vertx.cancelTimer(timer);
    }
    timer =
        vertx.setTimer(
            Math.max(1, config.logCleanerBackoffMs()),
            id -> {
              timer = NO_TIMER;
              look();
            });
  }

  /** Begins to clean the dirtiest log, and then the next, as long as there are threads for it. */
  private void look() {
    if (looking) {
      return;
    }
    if (cleanings >= config.logCleanerThreads()) {
      if (cleanings == 0) {
        lookLater(); // There are no threads now, but the setting may change.
      }
      return;
    }
    looking = true;
    List<Future<Optional<DirtyLog>>> answers = new ArrayList<>();
    for (int shard = 0; shard < shards.count(); shard++) {
      answers.add(bus.request(Addresses.LOG_FIND_DIRTIEST.at(shard), new FindDirtiestLog()));
    }
    Future.join(answers).onComplete(all -> clean(dirtiest(answers)));
  }

  private static Optional<DirtyLog> dirtiest(List<Future<Optional<DirtyLog>>> answers) {
    return answers.stream()
        .filter(Future::succeeded)
        .flatMap(answer -> answer.result().stream())
        .max(Comparator.comparingDouble(DirtyLog::dirtyRatio));
  }

  private void clean(Optional<DirtyLog> dirtiest) {
    if (dirtiest.isEmpty()) {
      looking = false;
      lookLater();
      return;
    }
    cleanings++; // At once: it may end before its beginning is known here.
    CleanLog request = new CleanLog(dirtiest.get().partition(), limits());
    bus.request(Addresses.LOG_CLEAN.at(shards.of(request.partition())), request)
        .onComplete(
            begun -> {
              looking = false;
              if (begun.succeeded() && begun.result()) {
                look();
                return;
              }
              cleanings--;
              if (begun.failed()) {
                LOG.warn("{} can't be compacted now", request.partition(), begun.cause());
              }
              lookLater();
            });
  }

  private CleanerLimits limits() {
    int threads = config.logCleanerThreads();
    long keyBytes =
        Math.min(
            config.logCleanerDedupeBufferSize(),
            Runtime.getRuntime().maxMemory() / MAX_SHARE_OF_HEAP);
    return new CleanerLimits(
        threads,
        keyBytes / threads,
        config.logCleanerIoBufferLoadFactor(),
        config.logCleanerIoBufferSize() / threads / 2,
        throttle);
  }
}
