package io.gofka;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.gofka.bus.Addresses;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Which way imports point, and what a core may not touch. A rule that is wrong changes together
 * with this test.
 */
@AnalyzeClasses(packages = "io.gofka", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] FEATURES = {
    "io.gofka.record..",
    "io.gofka.raft..",
    "io.gofka.metadata..",
    "io.gofka.replica..",
    "io.gofka.log..",
    "io.gofka.group.."
  };

  /**
   * Classes that touch the outside, and say so in their name; nested classes go with the class
   * around them.
   */
  private static final DescribedPredicate<JavaClass> SHELL =
      DescribedPredicate.describe(
          "a shell class",
          javaClass -> {
            JavaClass outer = javaClass;
            while (outer.getEnclosingClass().isPresent()) {
              outer = outer.getEnclosingClass().get();
            }
            return simpleNameEndingWith("Verticle").test(outer)
                || simpleNameEndingWith("Shell").test(outer)
                || simpleNameStartingWith("File").test(outer)
                || simpleNameStartingWith("Grpc").test(outer);
          });

  private static ArchRule only(String aPackage, String... allowed) {
    return noClasses()
        .that()
        .resideInAPackage(aPackage)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.gofka..")
                .and(DescribedPredicate.not(resideInAnyPackage(allowed))))
        .as(aPackage + " imports nothing of ours but " + String.join(", ", allowed));
  }

  @ArchTest
  static final ArchRule COMMON_STANDS_ALONE = only("io.gofka.common..", "io.gofka.common..");

  @ArchTest
  static final ArchRule CONFIG =
      only("io.gofka.config..", "io.gofka.config..", "io.gofka.common..");

  @ArchTest
  static final ArchRule PROTOCOL =
      only("io.gofka.protocol..", "io.gofka.protocol..", "io.gofka.common..");

  @ArchTest
  static final ArchRule RECORD =
      only("io.gofka.record..", "io.gofka.record..", "io.gofka.common..");

  @ArchTest
  static final ArchRule IMAGE =
      only(
          "io.gofka.metadata.image..",
          "io.gofka.metadata.image..",
          "io.gofka.config..",
          "io.gofka.common..");

  @ArchTest
  static final ArchRule LOG =
      only(
          "io.gofka.log..",
          "io.gofka.log..",
          "io.gofka.replica..",
          "io.gofka.record..",
          "io.gofka.protocol..",
          "io.gofka.metadata.image..",
          "io.gofka.config..",
          "io.gofka.bus..",
          "io.gofka.common..");

  @ArchTest
  static final ArchRule REPLICA =
      noClasses()
          .that()
          .resideInAPackage("io.gofka.replica..")
          .and(DescribedPredicate.not(SHELL))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("io.gofka..")
                  .and(
                      DescribedPredicate.not(
                          resideInAnyPackage(
                              "io.gofka.replica..",
                              "io.gofka.metadata.image..",
                              "io.gofka.common.."))));

  @ArchTest
  static final ArchRule RAFT =
      only("io.gofka.raft..", "io.gofka.raft..", "io.gofka.bus..", "io.gofka.common..");

  @ArchTest
  static final ArchRule METADATA =
      only(
          "io.gofka.metadata..",
          "io.gofka.metadata..",
          "io.gofka.raft..",
          "io.gofka.protocol..",
          "io.gofka.config..",
          "io.gofka.bus..",
          "io.gofka.common..");

  @ArchTest
  static final ArchRule GROUP =
      only(
          "io.gofka.group..",
          "io.gofka.group..",
          "io.gofka.log..",
          "io.gofka.record..",
          "io.gofka.protocol..",
          "io.gofka.metadata.image..",
          "io.gofka.config..",
          "io.gofka.bus..",
          "io.gofka.common..");

  @ArchTest
  static final ArchRule METRICS =
      only(
          "io.gofka.metrics..",
          "io.gofka.metrics..",
          "io.gofka.log..",
          "io.gofka.metadata.image..",
          "io.gofka.bus..",
          "io.gofka.common..");

  @ArchTest
  static final ArchRule RPC =
      only(
          "io.gofka.rpc..",
          "io.gofka.rpc..",
          "io.gofka.replica..",
          "io.gofka.metadata..",
          "io.gofka.raft..",
          "io.gofka.bus..",
          "io.gofka.common..");

  @ArchTest
  static final ArchRule ONLY_RPC_KNOWS_HOW_NODES_TALK =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.gofka.rpc..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.gofka.rpc.proto..", "io.vertx.grpc..", "com.google.protobuf..");

  @ArchTest
  static final ArchRule API =
      noClasses()
          .that()
          .resideInAPackage("io.gofka.api..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.gofka.network..", "io.gofka.node..", "io.gofka.cli..");

  @ArchTest
  static final ArchRule NETWORK =
      only(
          "io.gofka.network..",
          "io.gofka.network..",
          "io.gofka.api..",
          "io.gofka.protocol..",
          "io.gofka.common..");

  @ArchTest
  static final ArchRule BALANCE =
      only("io.gofka.balance..", "io.gofka.balance..", "io.gofka.common..");

  @ArchTest
  static final ArchRule CLIENT =
      only("io.gofka.client..", "io.gofka.client..", "io.gofka.protocol..", "io.gofka.common..");

  @ArchTest
  static final ArchRule NODE_COMES_LAST =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.gofka", "io.gofka.node..", "io.gofka.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.gofka.node..", "io.gofka.cli..");

  @ArchTest
  static final ArchRule ONLY_THE_MAP_OF_ADDRESSES_KNOWS_THE_FEATURES =
      noClasses()
          .that()
          .resideInAPackage("io.gofka.bus..")
          .and(DescribedPredicate.not(JavaClass.Predicates.equivalentTo(Addresses.class)))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("io.gofka..")
                  .and(
                      DescribedPredicate.not(
                          resideInAnyPackage("io.gofka.bus..", "io.gofka.common.."))));

  @ArchTest
  static final ArchRule REQUESTS_AND_RESPONSES_STOP_AT_THE_EDGE =
      noClasses()
          .that()
          .resideInAnyPackage(FEATURES)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("io.gofka.protocol.message..")
                  .and(simpleNameEndingWith("Request").or(simpleNameEndingWith("Response"))));

  @ArchTest
  static final ArchRule GENERATOR_STAYS_OUT_OF_THE_RUNTIME =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.gofka.protocol.codegen..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.gofka.protocol.codegen..");

  @ArchTest
  static final ArchRule CORES_DO_NO_IO =
      noClasses()
          .that()
          .resideInAnyPackage(FEATURES)
          .and(DescribedPredicate.not(SHELL))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.vertx..",
              "java.nio.file..",
              "java.nio.channels..",
              "java.net..",
              "io.netty.channel..");

  @ArchTest
  static final ArchRule CORES_READ_NO_CLOCK_AND_DRAW_NO_RANDOM_NUMBERS =
      noClasses()
          .that()
          .resideInAnyPackage(FEATURES)
          .and(DescribedPredicate.not(SHELL))
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(UUID.class, "randomUUID")
          .orShould()
          .callConstructor(Random.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(ThreadLocalRandom.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Thread.class);

  @ArchTest
  static final ArchRule VERTICLES_END_IN_VERTICLE =
      classes()
          .that()
          .areAssignableTo(io.vertx.core.VerticleBase.class)
          .should()
          .haveSimpleNameEndingWith("Verticle");
}
