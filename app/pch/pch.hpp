// What most files of the node include and is slow to parse.
#include "actors/messages.hpp"
#include "transport/shard.hpp"

#include <string>
#include <vector>
