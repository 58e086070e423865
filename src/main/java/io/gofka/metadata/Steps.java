package io.gofka.metadata;

import io.gofka.metadata.image.ClusterImage;
import java.util.List;

/**
 * A decision too large for one entry, or one whose parts must hold one after the other. Each step
 * is proposed before the next one is asked for; other commands may be decided in between. When the
 * active controller falls in between, the asker learns nothing and asks again, and every step is
 * such that it may be done twice.
 *
 * @param <R> the reply
 */
interface Steps<R> {
  /**
   * @param records of this step; may be empty
   * @param last whether nothing follows, so that {@code reply} is the answer
   */
  record Step<R>(List<MetadataRecord> records, boolean last, R reply) {
    static <R> Step<R> more(List<MetadataRecord> records) {
      return new Step<>(records, false, null);
    }

    static <R> Step<R> last(List<MetadataRecord> records, R reply) {
      return new Step<>(records, true, reply);
    }
  }

  /**
   * @param image to which everything proposed so far leads
   * @param index of the entry that the step's records will stand in
   * @throws io.gofka.common.ApiException when it goes no further
   */
  Step<R> next(ClusterImage image, long index);
}
