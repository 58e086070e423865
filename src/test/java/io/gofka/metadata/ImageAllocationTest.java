package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.TopicImage;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a change costs must not grow with what hasn't changed. */
class ImageAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static long bytesPerChange(ClusterImage start) {
    ClusterImage image = start;
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      TopicImage topic = image.topicsByName().values().iterator().next();
      int index = round * 37 % topic.partitions().size();
      PartitionImage old = topic.partitions().get(index);
      PartitionImage state =
          new PartitionImage(
              old.replicas(), List.of(2), 2, old.leaderEpoch() + 1, old.partitionEpoch() + 1);
      List<MetadataRecord> records = List.of(new PartitionChanged(topic.id(), index, state));
      long before = THREADS.getCurrentThreadAllocatedBytes();
      image = ImageUpdate.apply(image, image.metadataOffset() + 1, records).image();
      best = Math.min(best, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return best;
  }

  @Test
  void changeOfOnePartitionAmongHundredThousandAllocatesAlmostNothing() {
    ClusterImage inOneTopic = Images.withTopic(Images.cluster(1, 2, 3), "t", 100_000, 1, 2, 3);
    ClusterImage inManyTopics = Images.cluster(1, 2, 3);
    for (int i = 0; i < 1_000; i++) {
      inManyTopics = Images.withTopic(inManyTopics, "t" + i, 100, 1, 2, 3);
    }
    for (ClusterImage image : List.of(inOneTopic, inManyTopics)) {
      long bytes = bytesPerChange(image);
      assertTrue(bytes < 6_000, bytes + " bytes for one change");
    }
  }
}
