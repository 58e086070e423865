package io.gofka.client;

import io.gofka.client.ClientException.Kind;
import io.gofka.protocol.ApiKey;
import io.gofka.protocol.message.ApiVersionsResponse;
import java.util.EnumMap;
import java.util.Map;

/** Which APIs one node offers, as it has told itself, and in which version both sides speak. */
final class NodeApis {
  /** Of a node that hasn't told yet. */
  static final NodeApis NONE = new NodeApis();

  private final Map<ApiKey, Short> versions = new EnumMap<>(ApiKey.class);

  private NodeApis() {}

  /** Of an API that both know in some version, the highest. */
  static NodeApis of(ApiVersionsResponse response) {
    NodeApis apis = new NodeApis();
    for (ApiVersionsResponse.ApiVersion offered : response.apiKeys()) {
      ApiKey.of(offered.apiKey())
          .ifPresent(
              key -> {
                int highest = Math.min(offered.maxVersion(), key.highestVersion());
                if (highest >= Math.max(offered.minVersion(), key.lowestVersion())) {
                  apis.versions.put(key, (short) highest);
                }
              });
    }
    return apis;
  }

  /**
   * The version to speak.
   *
   * @throws ClientException UNSUPPORTED when there is none
   */
  short version(ApiKey key) {
    Short version = versions.get(key);
    if (version == null) {
      throw new ClientException(
          Kind.UNSUPPORTED,
          isController()
              ? "this listener is a controller's, which doesn't tell of partitions (%s); ask a broker"
                  .formatted(key.apiName())
              : "the node doesn't offer " + key.apiName() + " in a version known here");
    }
    return version;
  }

  /** No broker would be without the one, and hardly any is with the other. */
  private boolean isController() {
    return versions.containsKey(ApiKey.DESCRIBE_QUORUM) && !versions.containsKey(ApiKey.METADATA);
  }

  /** The version to speak, or another one when there is none. */
  short versionOr(ApiKey key, short otherwise) {
    return versions.getOrDefault(key, otherwise);
  }
}
