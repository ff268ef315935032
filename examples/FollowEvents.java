import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Follows the topic of events, and prints every event once: its id, its type, its body as JSON.
 *
 * <pre>BROKERS=kafka:9092 java -cp kafka-clients.jar:slf4j-api.jar:. FollowEvents</pre>
 *
 * <p>{@code TOPIC} names the topic of a platform with a prefix. It reads everything each time it is started. A system
 * that keeps something writes it in one transaction with the places to continue at: see keep_events.py.
 */
public final class FollowEvents {
    /** The topic has twelve partitions, for ever. All events of a ticket are in the same one, in their order. */
    private static final int PARTITIONS = 12;

    /** Whatever the locale of the machine is, the output is UTF-8. */
    private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);

    private final Map<String, Integer> versions = new HashMap<>();
    private int generation;

    public static void main(String[] arguments) {
        String topic = System.getenv().getOrDefault("TOPIC", "ticket-events");
        List<TopicPartition> partitions =
                IntStream.range(0, PARTITIONS).mapToObj(part -> new TopicPartition(topic, part)).toList();
        Map<String, Object> settings =
                Map.of("bootstrap.servers", System.getenv("BROKERS"), "auto.offset.reset", "earliest");
        FollowEvents follower = new FollowEvents();
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(partitions); // without a group: nothing is committed to Kafka
            consumer.seekToBeginning(partitions);
            while (true) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    if (follower.beginsGeneration(record)) {
                        consumer.seekToBeginning(partitions);
                        break; // the records of this batch come again
                    }
                    follower.take(record);
                }
            }
        }
    }

    /** Returns whether a new generation begins with this record. Everything known is forgotten then. */
    private boolean beginsGeneration(ConsumerRecord<String, String> record) {
        int publishedFor = Integer.parseInt(header(record, "ce_generation"));
        if (publishedFor <= generation) {
            return false;
        }
        generation = publishedFor;
        versions.clear();
        return true;
    }

    /** Prints an event that was not seen before. */
    private void take(ConsumerRecord<String, String> record) {
        String[] id = header(record, "ce_id").split(":"); // <ticket uid>:<version>
        int version = Integer.parseInt(id[1]);
        boolean isOfEarlierGeneration = Integer.parseInt(header(record, "ce_generation")) < generation;
        if (isOfEarlierGeneration || version <= versions.getOrDefault(id[0], 0)) {
            return;
        }
        versions.put(id[0], version);
        OUT.println(header(record, "ce_id") + " " + header(record, "ce_type") + " " + record.value());
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }
}
