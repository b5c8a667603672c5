#include "ciq_layout.h"
