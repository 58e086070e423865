package io.gofka.bus;

import io.gofka.log.AppendRecords;
import io.gofka.log.AppendResult;
import io.gofka.log.DeleteRecordsBefore;
import io.gofka.log.DescribeLogs;
import io.gofka.log.FindEpochEnds;
import io.gofka.log.FindOffsets;
import io.gofka.log.ReadRecords;
import io.gofka.log.ReadResult;
import io.gofka.metadata.AllocateProducerIds;
import io.gofka.metadata.AlterConfigs;
import io.gofka.metadata.CreatePartitions;
import io.gofka.metadata.CreateTopics;
import io.gofka.metadata.DeleteTopics;
import io.gofka.metadata.RegisterBroker;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import java.util.List;

/**
 * Every address of the node's event bus: who is asked for what, and what is announced. Requests
 * fail with an {@link io.gofka.common.ApiException}; errors of single partitions stand in the
 * replies.
 */
public final class Addresses {
  /** Append to partitions of one shard ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<AppendRecords, List<AppendResult>> LOG_APPEND =
      new Address<>("log.append");

  /** Read from partitions of one shard ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<ReadRecords, List<ReadResult>> LOG_READ = new Address<>("log.read");

  /** Answer a parked read now ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<ReadRecords.CompleteRead, Void> LOG_COMPLETE_READ =
      new Address<>("log.complete-read");

  /** Offsets by time or name ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<FindOffsets, List<FindOffsets.Found>> LOG_FIND_OFFSETS =
      new Address<>("log.find-offsets");

  /** Ends of leader epochs ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<FindEpochEnds, List<FindEpochEnds.EpochEnd>> LOG_FIND_EPOCH_ENDS =
      new Address<>("log.find-epoch-ends");

  /** Move log start offsets ({@code at(shard)}). Answered by LogShardVerticle. */
  public static final Address<DeleteRecordsBefore, List<DeleteRecordsBefore.Deleted>>
      LOG_DELETE_RECORDS = new Address<>("log.delete-records");

  /**
   * Sizes and offsets of the logs of one shard ({@code at(shard)}). Answered by LogShardVerticle.
   */
  public static final Address<DescribeLogs, DescribeLogs.LogDescriptions> LOG_DESCRIBE =
      new Address<>("log.describe");

  /** Create topics. Answered by ControllerVerticle on the active controller. */
  public static final Address<CreateTopics, List<CreateTopics.Result>> CREATE_TOPICS =
      new Address<>("metadata.create-topics");

  /**
   * Delete topics. Answered by ControllerVerticle on the active controller. TOPIC_DELETION_DISABLED
   * when the cluster is configured so.
   */
  public static final Address<DeleteTopics, List<DeleteTopics.Result>> DELETE_TOPICS =
      new Address<>("metadata.delete-topics");

  /** Add partitions. Answered by ControllerVerticle on the active controller. */
  public static final Address<CreatePartitions, List<CreatePartitions.Result>> CREATE_PARTITIONS =
      new Address<>("metadata.create-partitions");

  /** Change settings of resources. Answered by ControllerVerticle on the active controller. */
  public static final Address<AlterConfigs, List<AlterConfigs.Result>> ALTER_CONFIGS =
      new Address<>("metadata.alter-configs");

  /**
   * A block of producer ids for one broker. Answered by ControllerVerticle on the active
   * controller. BROKER_ID_NOT_REGISTERED.
   */
  public static final Address<AllocateProducerIds, AllocateProducerIds.ProducerIdBlock>
      ALLOCATE_PRODUCER_IDS = new Address<>("metadata.allocate-producer-ids");

  /**
   * A broker starts. Answered by ControllerVerticle on the active controller.
   * DUPLICATE_BROKER_REGISTRATION, INVALID_REGISTRATION.
   */
  public static final Address<RegisterBroker, RegisterBroker.Registration> REGISTER_BROKER =
      new Address<>("metadata.register-broker");

  /**
   * An id for a new idempotent producer. Answered by ProducerIdVerticle.
   * COORDINATOR_LOAD_IN_PROGRESS when there is none at the moment.
   */
  public static final Address<NextProducerId, Long> NEXT_PRODUCER_ID =
      new Address<>("metadata.next-producer-id");

  /**
   * An image is committed; answered when its announcement is out. Sent by whoever follows the
   * metadata log, answered by MetadataVerticle.
   */
  public static final Address<ImageChange, Void> METADATA_COMMITTED =
      new Address<>("metadata.committed");

  /** The image that now holds; the message is ignored. Answered by MetadataVerticle. */
  public static final Address<CurrentImage, ClusterImage> METADATA_IMAGE =
      new Address<>("metadata.image");

  /** A new image holds. Announced before whoever asked for the change gets an answer. */
  public static final Announcement<ImageChange> METADATA_CHANGED =
      new Announcement<>("metadata.changed");

  private Addresses() {}

  /** Asks for a producer id. */
  public record NextProducerId() {}

  /** Asks for the image that now holds. */
  public record CurrentImage() {}
}
