package io.gofka.metadata;

import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.MessageReader;
import java.util.function.Function;

/**
 * How one kind of record becomes a message of a schema, and the other way round.
 *
 * @param type number of the record in its schema
 */
record RecordForm<T extends MetadataRecord, M extends ApiMessage>(
    Class<T> recordClass,
    short type,
    MessageReader<M> reader,
    Function<T, M> toMessage,
    Function<M, T> toRecord) {

  static <T extends MetadataRecord, M extends ApiMessage> RecordForm<T, M> of(
      Class<T> recordClass,
      ApiMessage anyMessage,
      MessageReader<M> reader,
      Function<T, M> toMessage,
      Function<M, T> toRecord) {
    return new RecordForm<>(recordClass, anyMessage.apiKey(), reader, toMessage, toRecord);
  }

  ApiMessage message(MetadataRecord record) {
    return toMessage.apply(recordClass.cast(record));
  }
}
