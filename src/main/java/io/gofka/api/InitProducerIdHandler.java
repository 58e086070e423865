package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.InitProducerIdRequest;
import io.gofka.protocol.message.InitProducerIdResponse;
import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * InitProducerId, key 22, versions 0 to 5: a producer id for an idempotent producer. v3 a producer
 * may name the id and epoch it has (KIP-360); v4 knows PRODUCER_FENCED; v5 transaction.version 2.
 *
 * <p>A producer without a transactional id always gets a new id with epoch 0, as in Kafka: it keeps
 * no state that a new epoch of the old one would protect.
 *
 * <p>There are no transactions yet. A transactional id is refused with
 * TRANSACTIONAL_ID_AUTHORIZATION_FAILED: the one answer which both the Java client and librdkafka
 * take for final, rather than trying again for ever.
 */
final class InitProducerIdHandler implements ApiHandler<InitProducerIdRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(InitProducerIdHandler.class);

  private static final long NO_PRODUCER_ID = -1;
  private static final short NO_PRODUCER_EPOCH = -1;

  private final BrokerContext broker;
  private final LogLimiter refusals = new LogLimiter(LOG);

  InitProducerIdHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public Future<Reply> handle(InitProducerIdRequest request, RequestContext context) {
    if (request.transactionalId() != null) {
      throw refusal(request.transactionalId(), context);
    }
    boolean hasId = request.producerId() != NO_PRODUCER_ID;
    boolean hasEpoch = request.producerEpoch() != NO_PRODUCER_EPOCH;
    if (hasId != hasEpoch) {
      throw new ApiException(
          ErrorCode.INVALID_REQUEST,
          "producer id %d and epoch %d must be given together"
              .formatted(request.producerId(), request.producerEpoch()));
    }
    return broker
        .bus()
        .request(Addresses.NEXT_PRODUCER_ID, new Addresses.NextProducerId())
        .map(id -> Reply.of(new InitProducerIdResponse().producerId(id).producerEpoch((short) 0)));
  }

  private ApiException refusal(String transactionalId, RequestContext context) {
    if (transactionalId.isEmpty()) {
      return new ApiException(ErrorCode.INVALID_REQUEST, "a transactional id can't be empty");
    }
    refusals.info(
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
        "Refused producer {} of {}: it has the transactional id {}, and transactions are not"
            + " supported yet",
        context.clientId(),
        context.connection().remote(),
        transactionalId);
    return new ApiException(
        ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "transactions are not supported yet");
  }

  @Override
  public ApiMessage errorResponse(InitProducerIdRequest request, ApiException error) {
    return new InitProducerIdResponse()
        .producerId(NO_PRODUCER_ID)
        .producerEpoch(NO_PRODUCER_EPOCH)
        .errorCode(error.errorCode().code());
  }
}
