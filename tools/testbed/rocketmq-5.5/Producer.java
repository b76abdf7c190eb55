import java.util.Scanner;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/**
 * A stock producer that sends one message every 100 ms, whatever became of the earlier ones, and prints a line of JSON when it is ready and for each. A line on its
 * standard input makes it look up its nameservers at once, as its own timer does every two minutes; the end of its input ends it.
 *
 * <p>Arguments: topic, how often it asks for routes in milliseconds, and its nameservers unless it is to ask an address server.
 */
public class Producer {
    public static void main(String[] args) throws Exception {
        var producer = new DefaultMQProducer("load");
        producer.setPollNameServerInterval(Integer.parseInt(args[1]));
        if (args.length > 2) producer.setNamesrvAddr(args[2]);
        producer.start();
        System.out.println("{\"ready\":true}");
        var sends = Executors.newCachedThreadPool();
        var pace = Executors.newSingleThreadScheduledExecutor();
        pace.scheduleAtFixedRate(() -> sends.execute(() -> send(producer, args[0])), 0, 100, TimeUnit.MILLISECONDS);
        var client = producer.getDefaultMQProducerImpl().getMqClientFactory().getMQClientAPIImpl();
        for (var input = new Scanner(System.in); input.hasNextLine(); client.fetchNameServerAddr()) input.nextLine();
        pace.shutdown();
        pace.awaitTermination(1, TimeUnit.SECONDS);
        sends.shutdown();
        sends.awaitTermination(10, TimeUnit.SECONDS);
        System.exit(0);
    }

    private static void send(DefaultMQProducer producer, String topic) {
        try {
            var status = producer.send(new Message(topic, "load".getBytes())).getSendStatus().name();
            print(status.equals("SEND_OK") ? 0 : -1, status);
        } catch (MQBrokerException e) {
            print(e.getResponseCode(), e.getMessage());
        } catch (MQClientException e) {
            print(e.getResponseCode(), e.getMessage());
        } catch (Exception e) {
            print(-1, e.toString());
        }
    }

    private static synchronized void print(int code, String says) {
        System.out.println("{\"code\":" + code + ",\"says\":\"" + String.valueOf(says).replaceAll("[\"\\\\\\p{Cntrl}]", " ") + "\"}");
    }
}
