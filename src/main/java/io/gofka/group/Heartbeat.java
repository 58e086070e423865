package io.gofka.group;

import java.util.Optional;

/**
 * A member is alive. Answered with an error code: NONE, or REBALANCE_IN_PROGRESS when it shall join
 * again, or why it isn't a member (any more).
 */
public record Heartbeat(
    String groupId, int generationId, String memberId, Optional<String> groupInstanceId) {}
