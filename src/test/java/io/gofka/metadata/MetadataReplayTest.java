package io.gofka.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gofka.common.ApiException;
import io.gofka.config.BrokerConfig;
import io.gofka.config.ConfigOp;
import io.gofka.config.ConfigResource;
import io.gofka.metadata.AlterConfigs.Change;
import io.gofka.metadata.AlterConfigs.Replacement;
import io.gofka.metadata.CreatePartitions.Growth;
import io.gofka.metadata.CreateTopics.NewTopic;
import io.gofka.metadata.DeleteTopics.TopicReference;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.PartitionChanged;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.TopicRemoved;
import io.gofka.metadata.MetadataStateMachine.Prepared;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ClusterImage;
import io.gofka.metadata.image.ImageChange;
import io.gofka.metadata.image.PartitionImage;
import io.gofka.metadata.image.QuotaEntity;
import io.gofka.metadata.image.ScramCredentialImage;
import io.gofka.metadata.image.TopicImage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the log says is all there is: whoever reads it comes to the same image. */
class MetadataReplayTest {
  private static final TopicRules RULES = new TopicRules(new ClusterConfig(BrokerConfig.DEFAULTS));

  /** A leader that gets random commands; it commits late, and now and then loses its office. */
  private static final class Leader {
    private final Random random;
    private final MetadataStateMachine machine = new MetadataStateMachine();
    private final PartitionDecisions partitions;
    private final TopicDecisions topics;
    private final ConfigDecisions configs =
        new ConfigDecisions(new ClusterConfig(BrokerConfig.DEFAULTS));
    private final List<ByteBuf> log = new ArrayList<>();
    private final List<ClusterImage> images = new ArrayList<>();
    private int committed;

    Leader(long seed) {
      random = new Random(seed);
      partitions = new PartitionDecisions(random);
      topics =
          new TopicDecisions(
              new ClusterConfig(BrokerConfig.DEFAULTS),
              partitions,
              () -> new UUID(random.nextLong(), random.nextLong()));
    }

    void step() {
      int what = random.nextInt(20);
      if (what == 0) {
        while (log.size() > committed) {
          log.remove(log.size() - 1); // Another leader had other entries here.
        }
        machine.onLeadershipChanged("n1");
      } else if (what < 8 && committed < log.size()) {
        commitNext();
      } else {
        propose();
      }
    }

    void commitNext() {
      int index = committed++;
      ClusterImage before = machine.committed();
      ImageChange change =
          machine.onCommitted(index, () -> MetadataRecordCodec.decode(log.get(index)));
      checkChange(before, change);
      images.add(change.image());
    }

    private void propose() {
      Decision<?> decision;
      try {
        decision = decide(machine.decided());
      } catch (ApiException refused) {
        return;
      }
      if (!decision.records().isEmpty()) {
        Prepared prepared = machine.prepare(log.size(), decision.records());
        log.add(MetadataRecordCodec.encode(decision.records()));
        machine.onProposed(prepared);
      }
    }

    private Decision<?> decide(ClusterImage image) {
      String name = "t" + random.nextInt(30);
      return switch (random.nextInt(10)) {
        case 0 -> BrokerDecisions.createCluster(image, "c", BrokerConfig.DEFAULTS);
        case 1 -> registered(image);
        case 2 ->
            BrokerDecisions.allocateProducerIds(
                image, new AllocateProducerIds(1 + random.nextInt(4)));
        case 3 ->
            topics.delete(
                image,
                new DeleteTopics(List.of(new TopicReference(Optional.of(name), Optional.empty()))));
        case 4 ->
            partitions.create(
                image,
                new CreatePartitions(
                    List.of(new Growth(name, random.nextInt(9), Optional.empty())), false));
        case 5 -> configs.alter(image, alteration(name));
        case 6 -> partitionChange(image);
        default -> topics.create(image, new CreateTopics(newTopics(), false));
      };
    }

    private Decision<?> registered(ClusterImage image) {
      var step = new BrokerRegistration(registration(), RULES).next(image, log.size());
      return new Decision<>(step.records(), step.reply());
    }

    private RegisterBroker registration() {
      int node = 1 + random.nextInt(4);
      Endpoint endpoint =
          new Endpoint(
              "PLAINTEXT",
              random.nextBoolean() ? Optional.empty() : Optional.of("h" + node),
              random.nextInt(65536));
      return new RegisterBroker(
          "n" + node,
          OptionalInt.empty(),
          List.of(endpoint),
          random.nextBoolean() ? Optional.of("r") : Optional.empty());
    }

    private AlterConfigs alteration(String topic) {
      ConfigResource resource =
          switch (random.nextInt(3)) {
            case 0 -> ConfigResource.ALL_BROKERS;
            case 1 -> ConfigResource.broker(1);
            default -> ConfigResource.topic(topic);
          };
      String key =
          resource.type() == ConfigResource.Type.TOPIC ? "retention.ms" : "log.retention.ms";
      String value = Integer.toString(random.nextInt(5));
      return new AlterConfigs(
          List.of(
              switch (random.nextInt(3)) {
                case 0 -> new Replacement(resource, Map.of(key, value));
                case 1 ->
                    new Change(
                        resource,
                        List.of(new ConfigOp(key, ConfigOp.Type.SET, Optional.of(value))));
                default ->
                    new Change(
                        resource,
                        List.of(new ConfigOp(key, ConfigOp.Type.DELETE, Optional.empty())));
              }),
          false);
    }

    private List<NewTopic> newTopics() {
      List<NewTopic> wanted = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(3); i++) {
        wanted.add(
            new NewTopic(
                "t" + random.nextInt(30),
                1 + random.nextInt(5),
                1 + random.nextInt(2),
                List.of(),
                random.nextBoolean() ? Map.of() : Map.of("segment.bytes", "2000000")));
      }
      return wanted;
    }

    private Decision<?> partitionChange(ClusterImage image) {
      if (image.topicsByName().isEmpty()) {
        return Decision.unchanged("nothing there");
      }
      TopicImage topic = image.topicsByName().values().iterator().next();
      int index = random.nextInt(topic.partitions().size());
      PartitionImage old = topic.partitions().get(index);
      PartitionImage changed =
          new PartitionImage(
              old.replicas(),
              List.of(old.replicas().get(0)),
              old.replicas().get(0),
              old.leaderEpoch() + 1,
              old.partitionEpoch() + 1);
      return new Decision<>(List.of(new PartitionChanged(topic.id(), index, changed)), "changed");
    }
  }

  /** A change tells all that is different, and nothing that isn't. */
  private static void checkChange(ClusterImage before, ImageChange change) {
    ClusterImage after = change.image();
    Set<UUID> changed = new TreeSet<>();
    after
        .topicsById()
        .forEach(
            (id, topic) -> {
              if (!topic.equals(before.topicsById().get(id))) {
                changed.add(id);
              }
            });
    Set<UUID> deleted = new TreeSet<>(before.topicsById().keySet());
    deleted.removeAll(after.topicsById().keySet());
    Set<UUID> toldChanged = new TreeSet<>();
    change.changedTopics().forEach(topic -> toldChanged.add(topic.id()));
    Set<UUID> toldDeleted = new TreeSet<>();
    change.deletedTopics().forEach(topic -> toldDeleted.add(topic.id()));
    assertEquals(changed, toldChanged);
    assertEquals(deleted, toldDeleted);
    Set<ConfigResource> resources = new TreeSet<>(before.configs().keySet());
    resources.addAll(after.configs().keySet());
    for (ConfigResource resource : resources) {
      assertTrue(
          before.overrides(resource).equals(after.overrides(resource))
              || change.changedConfigs().contains(resource),
          () -> resource + " has changed untold");
    }
    Map<String, TopicImage> byName = new TreeMap<>();
    after.topicsById().values().forEach(topic -> byName.put(topic.name(), topic));
    assertEquals(byName, after.topicsByName(), "both ways to a topic lead to the same one");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void replayComesToTheSameImageAfterEveryEntry(long seed) {
    Leader leader = new Leader(seed);
    leader.machine.onLeadershipChanged("n1");
    for (int i = 0; i < 2_000; i++) {
      leader.step();
    }
    while (leader.committed < leader.log.size()) {
      leader.commitNext();
    }
    assertEquals(leader.machine.decided(), leader.machine.committed());
    assertTrue(leader.images.size() > 300, "seed " + seed + " has decided little");

    MetadataStateMachine follower = new MetadataStateMachine();
    follower.onLeadershipChanged("n1");
    for (int index = 0; index < leader.log.size(); index++) {
      List<MetadataRecord> records = MetadataRecordCodec.decode(leader.log.get(index));
      ImageChange change = follower.onCommitted(index, () -> records);
      assertEquals(leader.images.get(index), change.image(), "entry " + index);
    }
  }

  @Test
  void everyRecordComesBackAsItWasWritten() {
    List<MetadataRecord> records =
        new ArrayList<>(
            List.of(
                new MetadataRecord.ClusterCreated("c"),
                new FeatureLevelSet("metadata.version", (short) 3),
                Images.broker(4, Optional.of("r"), true),
                new MetadataRecord.TopicCreated(Images.id("t"), "t"),
                new TopicRemoved(Images.id("t")),
                new ConfigSet(ConfigResource.topic("t"), "k", Optional.empty()),
                new ConfigSet(ConfigResource.ALL_BROKERS, "k", Optional.of("v")),
                new ProducerIdsAllocated(3, Long.MAX_VALUE),
                new MetadataRecord.NodeIdAssigned("n", 5),
                new MetadataRecord.BrokerChanged(4, 77, true, true),
                new MetadataRecord.BrokerUnregistered(4, 77),
                new MetadataRecord.ClientQuotaSet(
                    new QuotaEntity(new TreeMap<>(Map.of("user", Optional.empty()))),
                    "request_percentage",
                    Optional.empty()),
                new MetadataRecord.ScramCredentialRemoved(
                    new ScramCredentialImage.Key("u", (byte) 2)),
                new MetadataRecord.AclRemoved(Images.id("acl"))));
    PartitionImage state =
        new PartitionImage(List.of(1, 2), List.of(2), PartitionImage.NO_LEADER, 3, 4);
    for (int i = 0; i < 3_000; i++) {
      records.add(new MetadataRecord.PartitionCreated(Images.id("t"), i, state));
      records.add(new PartitionChanged(Images.id("t"), i, state));
    }
    assertEquals(records, MetadataRecordCodec.decode(MetadataRecordCodec.encode(records)));
  }

  /** Logs of the first release, which had brokers and partitions without all that came later. */
  @Test
  void recordsOfTheFirstReleaseAreStillRead() {
    String broker =
        "000200000000001c"
            + "00000004"
            + "036e34"
            + "02"
            + "0a504c41494e54455854"
            + "0268"
            + "00002384"
            + "00000000";
    String partition =
        "000400000000002f"
            + "00000000000000070000000000000074"
            + "00000005"
            + "030000000100000002"
            + "0200000002"
            + "00000002"
            + "00000003"
            + "00000004"
            + "00";
    ByteBuf old = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(broker + partition));
    assertEquals(
        List.of(
            new MetadataRecord.BrokerRegistered(
                4,
                "n4",
                List.of(new Endpoint("PLAINTEXT", Optional.of("h"), 9092)),
                Optional.empty(),
                false),
            new MetadataRecord.PartitionCreated(
                Images.id("t"), 5, new PartitionImage(List.of(1, 2), List.of(2), 2, 3, 4))),
        MetadataRecordCodec.decode(old));
  }

  @Test
  void unreadableRecordsAreRefusedRatherThanSkipped() {
    ByteBuf good = MetadataRecordCodec.encode(List.of(new TopicRemoved(Images.id("t"))));
    ByteBuf newerType = good.copy().setShort(0, 999);
    ByteBuf newerVersion = good.copy().setShort(2, 1);
    ByteBuf tooShort = good.copy(0, good.readableBytes() - 1);
    for (ByteBuf bad : List.of(newerType, newerVersion, tooShort, Unpooled.copyInt(-1, -1))) {
      assertThrows(IllegalStateException.class, () -> MetadataRecordCodec.decode(bad));
    }
  }

  @Test
  void recordThatDoesNotFitIsFoundBeforeItIsProposed() {
    MetadataStateMachine machine = new MetadataStateMachine();
    List<MetadataRecord> unfit = List.of(new TopicRemoved(Images.id("none")));
    assertThrows(IllegalStateException.class, () -> machine.prepare(0, unfit));
    assertEquals(ClusterImage.EMPTY, machine.decided());
  }

  @Test
  void entryThatIsMissingIsNoticedAtTheNextOne() {
    MetadataStateMachine machine = new MetadataStateMachine();
    machine.onCommitted(0, List::of);
    assertThrows(IllegalStateException.class, () -> machine.onCommitted(2, List::of));
    assertThrows(IllegalStateException.class, () -> machine.onCommitted(0, List::of));
    assertEquals(1, machine.onCommitted(1, List::of).image().metadataOffset());
  }

  /** A leader that learns more of its voters puts a configuration between what was proposed. */
  @Test
  void entryOfTheLogItselfBetweenProposalsChangesNothing() {
    MetadataStateMachine machine = new MetadataStateMachine();
    machine.onLeadershipChanged("n1");
    machine.onProposed(machine.prepare(0, List.of(new ProducerIdsAllocated(-1, 10))));
    machine.onProposed(machine.prepare(2, List.of(new ProducerIdsAllocated(-1, 20))));
    machine.onCommitted(0, List::of);
    ImageChange configuration = machine.onCommitted(1, List::of);
    assertEquals(10, configuration.image().nextProducerId());
    assertEquals(1, configuration.image().metadataOffset());
    assertEquals(20, machine.decided().nextProducerId());
    assertEquals(20, machine.onCommitted(2, List::of).image().nextProducerId());
    machine.onProposed(machine.prepare(4, List.of(new ProducerIdsAllocated(-1, 30))));
    assertThrows(
        IllegalStateException.class,
        () -> machine.onCommitted(3, () -> List.of(new ProducerIdsAllocated(-1, 25))));
  }
}
