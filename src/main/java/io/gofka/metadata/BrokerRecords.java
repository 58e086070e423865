package io.gofka.metadata;

import io.gofka.common.HostPort;
import io.gofka.metadata.MetadataRecord.BrokerChanged;
import io.gofka.metadata.MetadataRecord.BrokerRegistered;
import io.gofka.metadata.MetadataRecord.BrokerUnregistered;
import io.gofka.metadata.MetadataRecord.ControllerRegistered;
import io.gofka.metadata.MetadataRecord.NodeIdAssigned;
import io.gofka.metadata.image.BrokerImage.Endpoint;
import io.gofka.metadata.image.ControllerImage;
import io.gofka.metadata.image.VersionRange;
import io.gofka.protocol.message.BrokerChangeRecord;
import io.gofka.protocol.message.BrokerRecord;
import io.gofka.protocol.message.BrokerRecord.BrokerRecordEndpoint;
import io.gofka.protocol.message.BrokerRecord.BrokerRecordFeature;
import io.gofka.protocol.message.BrokerRemovalRecord;
import io.gofka.protocol.message.ControllerRecord;
import io.gofka.protocol.message.ControllerRecord.ControllerRecordEndpoint;
import io.gofka.protocol.message.ControllerRecord.ControllerRecordFeature;
import io.gofka.protocol.message.NodeIdRecord;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The forms of records about nodes. */
final class BrokerRecords {
  private BrokerRecords() {}

  /** The form of a kind of record; null when it isn't one of these. */
  static RecordForm<?, ?> of(Class<?> record) {
    if (record == NodeIdAssigned.class) {
      return RecordForm.of(
          NodeIdAssigned.class,
          new NodeIdRecord(),
          NodeIdRecord::read,
          node -> new NodeIdRecord().nodeId(node.nodeId()).numericId(node.numericId()),
          message -> new NodeIdAssigned(message.nodeId(), message.numericId()));
    }
    if (record == BrokerRegistered.class) {
      return RecordForm.of(
          BrokerRegistered.class,
          new BrokerRecord(),
          BrokerRecord::read,
          BrokerRecords::message,
          BrokerRecords::record);
    }
    if (record == BrokerChanged.class) {
      return RecordForm.of(
          BrokerChanged.class,
          new BrokerChangeRecord(),
          BrokerChangeRecord::read,
          broker ->
              new BrokerChangeRecord()
                  .brokerId(broker.brokerId())
                  .brokerEpoch(broker.brokerEpoch())
                  .fenced(broker.fenced())
                  .inControlledShutdown(broker.inControlledShutdown()),
          message ->
              new BrokerChanged(
                  message.brokerId(),
                  message.brokerEpoch(),
                  message.fenced(),
                  message.inControlledShutdown()));
    }
    if (record == BrokerUnregistered.class) {
      return RecordForm.of(
          BrokerUnregistered.class,
          new BrokerRemovalRecord(),
          BrokerRemovalRecord::read,
          broker ->
              new BrokerRemovalRecord()
                  .brokerId(broker.brokerId())
                  .brokerEpoch(broker.brokerEpoch()),
          message -> new BrokerUnregistered(message.brokerId(), message.brokerEpoch()));
    }
    if (record == ControllerRegistered.class) {
      return RecordForm.of(
          ControllerRegistered.class,
          new ControllerRecord(),
          ControllerRecord::read,
          BrokerRecords::message,
          BrokerRecords::record);
    }
    return null;
  }

  private static BrokerRecord message(BrokerRegistered broker) {
    BrokerRecord message =
        new BrokerRecord()
            .brokerId(broker.brokerId())
            .nodeId(broker.nodeId())
            .epoch(broker.epoch())
            .incarnationId(broker.incarnationId())
            .host(broker.address().map(HostPort::host).orElse(null))
            .port(broker.address().map(HostPort::port).orElse(0))
            .rack(broker.rack().orElse(null))
            .fenced(broker.fenced())
            .inControlledShutdown(broker.inControlledShutdown())
            .logDirs(broker.logDirs());
    for (Endpoint endpoint : broker.endpoints()) {
      message
          .endpoints()
          .add(
              new BrokerRecordEndpoint()
                  .listener(endpoint.listener())
                  .host(endpoint.host().orElse(null))
                  .port(endpoint.port()));
    }
    return message.features(
        broker.features().entrySet().stream()
            .map(
                feature ->
                    new BrokerRecordFeature()
                        .name(feature.getKey())
                        .minLevel(feature.getValue().min())
                        .maxLevel(feature.getValue().max()))
            .toList());
  }

  private static BrokerRegistered record(BrokerRecord message) {
    SortedMap<String, VersionRange> features = new TreeMap<>();
    message
        .features()
        .forEach(
            feature ->
                features.put(
                    feature.name(), new VersionRange(feature.minLevel(), feature.maxLevel())));
    return new BrokerRegistered(
        message.brokerId(),
        message.nodeId(),
        message.epoch(),
        message.incarnationId(),
        message.endpoints().stream()
            .map(at -> new Endpoint(at.listener(), Optional.ofNullable(at.host()), at.port()))
            .toList(),
        address(message.host(), message.port()),
        Optional.ofNullable(message.rack()),
        message.fenced(),
        message.inControlledShutdown(),
        message.logDirs(),
        features);
  }

  private static ControllerRecord message(ControllerRegistered registered) {
    ControllerImage controller = registered.controller();
    return new ControllerRecord()
        .controllerId(controller.id())
        .nodeId(controller.nodeId())
        .incarnationId(controller.incarnationId())
        .endpoints(
            controller.endpoints().stream()
                .map(
                    at ->
                        new ControllerRecordEndpoint()
                            .listener(at.listener())
                            .host(at.host().orElse(null))
                            .port(at.port()))
                .toList())
        .host(controller.address().map(HostPort::host).orElse(null))
        .port(controller.address().map(HostPort::port).orElse(0))
        .features(
            controller.features().entrySet().stream()
                .map(
                    feature ->
                        new ControllerRecordFeature()
                            .name(feature.getKey())
                            .minLevel(feature.getValue().min())
                            .maxLevel(feature.getValue().max()))
                .toList());
  }

  private static ControllerRegistered record(ControllerRecord message) {
    SortedMap<String, VersionRange> features = new TreeMap<>();
    message
        .features()
        .forEach(
            feature ->
                features.put(
                    feature.name(), new VersionRange(feature.minLevel(), feature.maxLevel())));
    return new ControllerRegistered(
        new ControllerImage(
            message.controllerId(),
            message.nodeId(),
            message.incarnationId(),
            message.endpoints().stream()
                .map(at -> new Endpoint(at.listener(), Optional.ofNullable(at.host()), at.port()))
                .toList(),
            address(message.host(), message.port()),
            features));
  }

  private static Optional<HostPort> address(String host, int port) {
    return host == null ? Optional.empty() : Optional.of(new HostPort(host, port));
  }
}
