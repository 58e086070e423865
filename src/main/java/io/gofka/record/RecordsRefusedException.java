package io.gofka.record;

import io.gofka.common.ErrorCode;
import java.util.List;
import java.util.Objects;

/**
 * A batch that can't be appended, with the records at fault where they are known. An answer, not a
 * bug: it carries no stack trace.
 */
public final class RecordsRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** One record at fault, by its index within the batch. */
  public record Fault(int batchIndex, String message) {}

  private final ErrorCode errorCode;
  private final transient List<Fault> faults;

  public RecordsRefusedException(ErrorCode errorCode, String message) {
    this(errorCode, message, List.of());
  }

  public RecordsRefusedException(ErrorCode errorCode, String message, List<Fault> faults) {
    super(message, null, false, false);
    this.errorCode = Objects.requireNonNull(errorCode, "errorCode");
    this.faults = List.copyOf(faults);
  }

  public ErrorCode errorCode() {
    return errorCode;
  }

  public List<Fault> faults() {
    return faults;
  }
}
