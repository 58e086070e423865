package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.config.BrokerConfig;
import io.gofka.metadata.AllocateProducerIds.ProducerIdBlock;
import io.gofka.metadata.image.ClusterImage;
import org.junit.jupiter.api.Test;

class BrokerDecisionsTest {
  private static ClusterImage after(ClusterImage image, Decision<?> decision) {
    return ImageUpdate.apply(image, image.metadataOffset() + 1, decision.records()).image();
  }

  @Test
  void clusterIsNamedOnce() {
    var first = BrokerDecisions.createCluster(ClusterImage.EMPTY, "one", BrokerConfig.DEFAULTS);
    ClusterImage image = after(ClusterImage.EMPTY, first);
    assertEquals("one", image.clusterId());
    assertEquals(
        Decision.unchanged("one"),
        BrokerDecisions.createCluster(image, "two", BrokerConfig.DEFAULTS));
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
