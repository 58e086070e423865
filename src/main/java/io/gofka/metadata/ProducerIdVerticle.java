package io.gofka.metadata;

import io.gofka.bus.Addresses;
import io.gofka.bus.Bus;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.ProducerIdSupply.BlockWanted;
import io.gofka.metadata.ProducerIdSupply.Effect;
import io.gofka.metadata.ProducerIdSupply.Given;
import io.gofka.metadata.ProducerIdSupply.Refused;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives this broker's producers their ids, on a control loop. */
public final class ProducerIdVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ProducerIdVerticle.class);

  private final Bus bus;
  private final int brokerId;
  private final ProducerIdSupply<Promise<Long>> supply = new ProducerIdSupply<>();

  public ProducerIdVerticle(Bus bus, int brokerId) {
    this.bus = bus;
    this.brokerId = brokerId;
  }

  @Override
  public Future<?> start() {
    return bus.serve(
        Addresses.NEXT_PRODUCER_ID,
        asked -> {
          Promise<Long> asker = Promise.promise();
          perform(supply.onAsked(asker));
          return asker.future();
        });
  }

  @Override
  public Future<?> stop() {
    return bus.withdraw(Addresses.NEXT_PRODUCER_ID);
  }

  private void perform(List<Effect<Promise<Long>>> effects) {
    for (Effect<Promise<Long>> effect : effects) {
      if (effect instanceof Given<Promise<Long>> given) {
        given.asker().complete(given.producerId());
      } else if (effect instanceof Refused<Promise<Long>> refused) {
        refused
            .asker()
            .fail(
                new ApiException(
                    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
                    "broker " + brokerId + " has no producer ids at the moment"));
      } else if (effect instanceof BlockWanted<Promise<Long>>) {
        askForBlock();
      } else {
        throw new IllegalStateException("nobody carries out " + effect);
      }
    }
  }

  private void askForBlock() {
    bus.request(Addresses.ALLOCATE_PRODUCER_IDS, new AllocateProducerIds(brokerId))
        .onComplete(
            block -> perform(supply.onBlock(block)),
            cause -> {
              LOG.warn("Broker {} got no producer ids: {}", brokerId, cause.getMessage());
              perform(supply.onNoBlock());
            });
  }
}
