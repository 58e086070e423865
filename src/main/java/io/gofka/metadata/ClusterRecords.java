package io.gofka.metadata;

import io.gofka.config.ConfigResource;
import io.gofka.metadata.MetadataRecord.AclAdded;
import io.gofka.metadata.MetadataRecord.AclRemoved;
import io.gofka.metadata.MetadataRecord.ClientQuotaSet;
import io.gofka.metadata.MetadataRecord.ClusterCreated;
import io.gofka.metadata.MetadataRecord.ConfigSet;
import io.gofka.metadata.MetadataRecord.FeatureLevelSet;
import io.gofka.metadata.MetadataRecord.ProducerIdsAllocated;
import io.gofka.metadata.MetadataRecord.ScramCredentialRemoved;
import io.gofka.metadata.MetadataRecord.ScramCredentialSet;
import io.gofka.metadata.image.AclImage;
import io.gofka.metadata.image.QuotaEntity;
import io.gofka.metadata.image.ScramCredentialImage;
import io.gofka.protocol.message.AclRecord;
import io.gofka.protocol.message.AclRemovalRecord;
import io.gofka.protocol.message.ClientQuotaRecord;
import io.gofka.protocol.message.ClientQuotaRecord.ClientQuotaRecordName;
import io.gofka.protocol.message.ClusterRecord;
import io.gofka.protocol.message.ConfigRecord;
import io.gofka.protocol.message.FeatureLevelRecord;
import io.gofka.protocol.message.ProducerIdsRecord;
import io.gofka.protocol.message.ScramCredentialRecord;
import io.gofka.protocol.message.ScramCredentialRemovalRecord;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The forms of records about the cluster as a whole, and about who may do what in it. */
final class ClusterRecords {
  private ClusterRecords() {}

  /** The form of a kind of record; null when it isn't one of these. */
  static RecordForm<?, ?> of(Class<?> record) {
    if (record == ClusterCreated.class) {
      return RecordForm.of(
          ClusterCreated.class,
          new ClusterRecord(),
          ClusterRecord::read,
          cluster -> new ClusterRecord().clusterId(cluster.clusterId()),
          message -> new ClusterCreated(message.clusterId()));
    }
    if (record == FeatureLevelSet.class) {
      return RecordForm.of(
          FeatureLevelSet.class,
          new FeatureLevelRecord(),
          FeatureLevelRecord::read,
          set -> new FeatureLevelRecord().feature(set.feature()).level(set.level()),
          message -> new FeatureLevelSet(message.feature(), message.level()));
    }
    if (record == ConfigSet.class) {
      return RecordForm.of(
          ConfigSet.class,
          new ConfigRecord(),
          ConfigRecord::read,
          set ->
              new ConfigRecord()
                  .resourceType(set.resource().type().code())
                  .resourceName(set.resource().name())
                  .key(set.key())
                  .value(set.value().orElse(null)),
          message ->
              new ConfigSet(
                  new ConfigResource(
                      ConfigResource.Type.of(message.resourceType()), message.resourceName()),
                  message.key(),
                  Optional.ofNullable(message.value())));
    }
    if (record == ProducerIdsAllocated.class) {
      return RecordForm.of(
          ProducerIdsAllocated.class,
          new ProducerIdsRecord(),
          ProducerIdsRecord::read,
          ids ->
              new ProducerIdsRecord().brokerId(ids.brokerId()).nextProducerId(ids.nextProducerId()),
          message -> new ProducerIdsAllocated(message.brokerId(), message.nextProducerId()));
    }
    if (record == ClientQuotaSet.class) {
      return RecordForm.of(
          ClientQuotaSet.class,
          new ClientQuotaRecord(),
          ClientQuotaRecord::read,
          ClusterRecords::message,
          ClusterRecords::record);
    }
    if (record == ScramCredentialSet.class) {
      return RecordForm.of(
          ScramCredentialSet.class,
          new ScramCredentialRecord(),
          ScramCredentialRecord::read,
          set -> message(set.credential()),
          ClusterRecords::record);
    }
    if (record == ScramCredentialRemoved.class) {
      return RecordForm.of(
          ScramCredentialRemoved.class,
          new ScramCredentialRemovalRecord(),
          ScramCredentialRemovalRecord::read,
          gone ->
              new ScramCredentialRemovalRecord()
                  .user(gone.key().user())
                  .mechanism(gone.key().mechanism()),
          message ->
              new ScramCredentialRemoved(
                  new ScramCredentialImage.Key(message.user(), message.mechanism())));
    }
    if (record == AclAdded.class) {
      return RecordForm.of(
          AclAdded.class,
          new AclRecord(),
          AclRecord::read,
          added -> message(added.acl()),
          ClusterRecords::record);
    }
    if (record == AclRemoved.class) {
      return RecordForm.of(
          AclRemoved.class,
          new AclRemovalRecord(),
          AclRemovalRecord::read,
          gone -> new AclRemovalRecord().id(gone.id()),
          message -> new AclRemoved(message.id()));
    }
    return null;
  }

  private static ClientQuotaRecord message(ClientQuotaSet set) {
    return new ClientQuotaRecord()
        .entity(
            set.entity().names().entrySet().stream()
                .map(
                    name ->
                        new ClientQuotaRecordName()
                            .kind(name.getKey())
                            .name(name.getValue().orElse(null)))
                .toList())
        .key(set.key())
        .value(set.value().orElse(0.0))
        .removed(set.value().isEmpty());
  }

  private static ClientQuotaSet record(ClientQuotaRecord message) {
    SortedMap<String, Optional<String>> names = new TreeMap<>();
    message.entity().forEach(name -> names.put(name.kind(), Optional.ofNullable(name.name())));
    return new ClientQuotaSet(
        new QuotaEntity(names),
        message.key(),
        message.removed() ? Optional.empty() : Optional.of(message.value()));
  }

  private static ScramCredentialRecord message(ScramCredentialImage credential) {
    return new ScramCredentialRecord()
        .user(credential.key().user())
        .mechanism(credential.key().mechanism())
        .salt(credential.salt())
        .storedKey(credential.storedKey())
        .serverKey(credential.serverKey())
        .iterations(credential.iterations());
  }

  private static ScramCredentialSet record(ScramCredentialRecord message) {
    return new ScramCredentialSet(
        new ScramCredentialImage(
            new ScramCredentialImage.Key(message.user(), message.mechanism()),
            message.salt(),
            message.storedKey(),
            message.serverKey(),
            message.iterations()));
  }

  private static AclRecord message(AclImage acl) {
    return new AclRecord()
        .id(acl.id())
        .resourceType(acl.resourceType())
        .resourceName(acl.resourceName())
        .patternType(acl.patternType())
        .principal(acl.principal())
        .host(acl.host())
        .operation(acl.operation())
        .permissionType(acl.permissionType());
  }

  private static AclAdded record(AclRecord message) {
    return new AclAdded(
        new AclImage(
            message.id(),
            message.resourceType(),
            message.resourceName(),
            message.patternType(),
            message.principal(),
            message.host(),
            message.operation(),
            message.permissionType()));
  }
}
