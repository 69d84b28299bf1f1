/* A graphics driver with two cards, for the test of what reads one. */
#include <stddef.h>
#include <string.h>

int cuInit(unsigned flags) { return flags == 0 ? 0 : 1; }
int cuDeviceGetCount(int *count) { *count = 2; return 0; }
int cuDeviceGet(int *device, int number) { *device = 40 + number; return 0; }
int cuDeviceGetName(char *name, int length, int device)
{
    strncpy(name, device == 40 ? "First Card" : "Second Card", (size_t)length);
    return 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) { *value = attribute == 75 && device == 41 ? 9 : 7; return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)(device - 39) << 33; return 0; }
