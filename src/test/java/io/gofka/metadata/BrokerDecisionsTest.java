package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.metadata.AllocateProducerIds.ProducerIdBlock;
import io.gofka.metadata.image.ClusterImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BrokerDecisionsTest {
  private static RegisterBroker register(String nodeId, OptionalInt brokerId) {
    return new RegisterBroker(nodeId, brokerId, List.of(), Optional.empty());
  }

  private static ClusterImage after(ClusterImage image, Decision<?> decision) {
    return ImageUpdate.apply(image, image.metadataOffset() + 1, decision.records()).image();
  }

  @Test
  void clusterIsNamedOnce() {
    var first = BrokerDecisions.createCluster(ClusterImage.EMPTY, "one");
    ClusterImage image = after(ClusterImage.EMPTY, first);
    assertEquals("one", image.clusterId());
    assertEquals(Decision.unchanged("one"), BrokerDecisions.createCluster(image, "two"));
  }

  @Test
  void nodeKeepsTheIdItWasGivenFirst() {
    ClusterImage image = Images.cluster();
    var first =
        BrokerDecisions.register(
            image, image.metadataOffset() + 1, register("a", OptionalInt.empty()));
    assertEquals(BrokerDecisions.FIRST_BROKER_ID, first.reply().brokerId());
    image = after(image, first);
    var other =
        BrokerDecisions.register(
            image, image.metadataOffset() + 1, register("b", OptionalInt.empty()));
    assertEquals(2, other.reply().brokerId());
    image = after(image, other);
    var again =
        BrokerDecisions.register(
            image, image.metadataOffset() + 1, register("a", OptionalInt.empty()));
    assertEquals(1, again.reply().brokerId());
    long epoch = image.broker(1).orElseThrow().epoch();
    image = after(image, again);
    assertEquals(image.metadataOffset(), image.broker(1).orElseThrow().epoch());
    assertEquals(true, image.broker(1).orElseThrow().epoch() > epoch);
  }

  @Test
  void configuredIdIsTakenUnlessItIsAnotherNodes() {
    ClusterImage image = Images.cluster();
    image =
        after(
            image,
            BrokerDecisions.register(
                image, image.metadataOffset() + 1, register("a", OptionalInt.of(7))));
    ClusterImage held = image;
    assertEquals(
        ErrorCode.DUPLICATE_BROKER_REGISTRATION,
        assertThrows(
                ApiException.class,
                () ->
                    BrokerDecisions.register(
                        held, held.metadataOffset() + 1, register("b", OptionalInt.of(7))))
            .errorCode());
    assertEquals(
        ErrorCode.INVALID_REGISTRATION,
        assertThrows(
                ApiException.class,
                () ->
                    BrokerDecisions.register(
                        held, held.metadataOffset() + 1, register("a", OptionalInt.of(8))))
            .errorCode());
    assertEquals(
        8,
        BrokerDecisions.register(
                held, held.metadataOffset() + 1, register("b", OptionalInt.empty()))
            .reply()
            .brokerId());
  }

  @Test
  void producerIdBlocksFollowEachOther() {
    ClusterImage image = Images.cluster(1, 2);
    var first = BrokerDecisions.allocateProducerIds(image, new AllocateProducerIds(1));
    assertEquals(new ProducerIdBlock(0, 1000), first.reply());
    image = after(image, first);
    var second = BrokerDecisions.allocateProducerIds(image, new AllocateProducerIds(2));
    assertEquals(new ProducerIdBlock(1000, 1000), second.reply());
    ClusterImage held = image;
    assertEquals(
        ErrorCode.BROKER_ID_NOT_REGISTERED,
        assertThrows(
                ApiException.class,
                () -> BrokerDecisions.allocateProducerIds(held, new AllocateProducerIds(3)))
            .errorCode());
  }
}
