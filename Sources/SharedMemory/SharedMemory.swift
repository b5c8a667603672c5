// SharedMemory
