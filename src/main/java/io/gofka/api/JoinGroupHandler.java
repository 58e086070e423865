package io.gofka.api;

import io.gofka.bus.Addresses;
import io.gofka.common.ApiException;
import io.gofka.common.ErrorCode;
import io.gofka.group.Bytes;
import io.gofka.group.JoinGroup;
import io.gofka.group.JoinGroupResult;
import io.gofka.protocol.ApiMessage;
import io.gofka.protocol.message.JoinGroupRequest;
import io.gofka.protocol.message.JoinGroupResponse;
import io.gofka.protocol.message.JoinGroupResponse.JoinGroupResponseMember;
import io.vertx.core.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * JoinGroup, key 11, versions 0 to 9. v1 rebalance timeout (before, the session timeout counts for
 * both); v4 a new member is given its id first (KIP-394); v5 static members (KIP-345); v6 flexible;
 * v7 protocol type and name in the response (KIP-559); v8 reason (KIP-800); v9 the leader may be
 * told to skip the assignment (KIP-814).
 */
final class JoinGroupHandler implements ApiHandler<JoinGroupRequest> {
  private static final short FIRST_WITH_MEMBER_ID_FIRST = 4;
  private static final short FIRST_WITH_NULL_PROTOCOL = 7;
  private static final short FIRST_WITH_SKIPPED_ASSIGNMENT = 9;

  private final BrokerContext broker;

  JoinGroupHandler(BrokerContext broker) {
    this.broker = broker;
  }

  @Override
  public boolean releasesEarly() {
    return true;
  }

  @Override
  public Future<Reply> handle(JoinGroupRequest request, RequestContext context) {
    List<JoinGroup.Protocol> protocols =
        request.protocols().stream()
            .map(
                protocol ->
                    new JoinGroup.Protocol(protocol.name(), Bytes.copyOf(protocol.metadata())))
            .toList();
    JoinGroup join =
        new JoinGroup(
            request.groupId(),
            request.memberId(),
            Optional.ofNullable(request.groupInstanceId()),
            context.clientId(),
            clientHost(context.connection().remote()),
            request.sessionTimeoutMs(),
            request.rebalanceTimeoutMs() < 0
                ? request.sessionTimeoutMs()
                : request.rebalanceTimeoutMs(),
            request.protocolType(),
            protocols,
            context.apiVersion() >= FIRST_WITH_MEMBER_ID_FIRST,
            context.apiVersion() >= FIRST_WITH_SKIPPED_ASSIGNMENT,
            Optional.ofNullable(request.reason()));
    return broker
        .bus()
        .request(Addresses.GROUP_JOIN, join)
        .map(result -> Reply.of(response(result, context)));
  }

  /** As Java prints an address, which is what tools have always shown. */
  private static String clientHost(InetSocketAddress remote) {
    return "/"
        + (remote.getAddress() == null
            ? remote.getHostString()
            : remote.getAddress().getHostAddress());
  }

  private static JoinGroupResponse response(JoinGroupResult result, RequestContext context) {
    String none = context.apiVersion() >= FIRST_WITH_NULL_PROTOCOL ? null : "";
    JoinGroupResponse response =
        new JoinGroupResponse()
            .errorCode(result.error().code())
            .generationId(result.generationId())
            .protocolType(result.protocolType().orElse(null))
            .protocolName(result.protocolName().orElse(none))
            .leader(result.leaderId())
            .skipAssignment(result.skipAssignment())
            .memberId(result.memberId());
    for (JoinGroupResult.Member member : result.members()) {
      response
          .members()
          .add(
              new JoinGroupResponseMember()
                  .memberId(member.memberId())
                  .groupInstanceId(member.groupInstanceId().orElse(null))
                  .metadata(member.metadata().toByteBuf()));
    }
    return response;
  }

  @Override
  public ApiMessage errorResponse(JoinGroupRequest request, ApiException error) {
    // An empty name is allowed in all versions, null isn't.
    return new JoinGroupResponse()
        .errorCode(error.errorCode().code())
        .protocolName("")
        .memberId(error.errorCode() == ErrorCode.GROUP_MAX_SIZE_REACHED ? "" : request.memberId());
  }
}
