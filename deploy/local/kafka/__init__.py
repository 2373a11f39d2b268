"""Apache Kafka as a part of the local stack: broker and KRaft controller in one Java program."""
