// IterableQueues
