/* Whole records of an event file, followed one by one, and the heads of their events: what events/records.py finds and
   events/scalars.py reads in vectorised passes.

   A record is: length (u64), masked CRC-32C of the length (u32), payload, masked CRC-32C of the payload (u32), all
   little endian; see tensorflow/core/lib/io/record_writer.h. Nothing is read beyond data + size. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

enum { HEADER = 12, FOOTER = 4 };
static const uint64_t LARGEST = 0x7FFFFFFF;

static uint32_t little32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t little64(const uint8_t *at) {
    return (uint64_t)little32(at) | (uint64_t)little32(at + 4) << 32;
}

static uint32_t masked(uint32_t crc) {
    return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

/* tables[k][b]: what byte b followed by k zero bytes makes of an empty register. */
static uint32_t tables[8][256];

static uint32_t crc_by_tables(const uint8_t *data, size_t n) {
    uint32_t crc = 0xFFFFFFFFu;
    for (; n >= 8; data += 8, n -= 8) {
        uint32_t low = crc ^ little32(data), high = little32(data + 4);
        crc = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^ tables[5][low >> 16 & 255] ^ tables[4][low >> 24] ^
              tables[3][high & 255] ^ tables[2][high >> 8 & 255] ^ tables[1][high >> 16 & 255] ^ tables[0][high >> 24];
    }
    for (; n; data++, n--) crc = crc >> 8 ^ tables[0][(crc ^ *data) & 255];
    return ~crc;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <nmmintrin.h>
__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(const uint8_t *data, size_t n) {
    uint64_t crc = 0xFFFFFFFFu;
    for (; n >= 8; data += 8, n -= 8) crc = _mm_crc32_u64(crc, little64(data));
    uint32_t rest = (uint32_t)crc;
    for (; n; data++, n--) rest = _mm_crc32_u8(rest, *data);
    return ~rest;
}
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#else
#define crc_by_instruction crc_by_tables
static int has_instruction(void) { return 0; }
#endif

/* Fill the tables; to be called once before anything else. */
EXPORT void prepare(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
        tables[0][byte] = crc;
    }
    for (int k = 1; k < 8; k++)
        for (int byte = 0; byte < 256; byte++)
            tables[k][byte] = tables[k - 1][byte] >> 8 ^ tables[0][tables[k - 1][byte] & 255];
}

/* Follow the records from the start of data.

   starts, stops: room for as many places, where payloads begin and end.
   Returns how many there are when nothing but a part of one more record follows the last, else -1: then the
   bytes are damaged, or there is too little room. */
EXPORT int64_t follow(const uint8_t *data, int64_t size, int64_t *starts, int64_t *stops, int64_t room) {
    uint32_t (*crc)(const uint8_t *, size_t) = has_instruction() ? crc_by_instruction : crc_by_tables;
    int64_t at = 0, count = 0;
    while (size - at >= HEADER) {
        uint64_t length = little64(data + at);
        if (length > LARGEST || masked(crc(data + at, 8)) != little32(data + at + 8)) return -1;
        int64_t stop = at + HEADER + (int64_t)length;
        if (stop + FOOTER > size) break; /* half written */
        if (count == room || masked(crc(data + at + HEADER, (size_t)length)) != little32(data + stop)) return -1;
        starts[count] = at + HEADER;
        stops[count++] = stop;
        at = stop + FOOTER;
    }
    return count;
}

/* Wall time and step of events, and where the fields after them begin.

   starts: n places in data where payloads begin; 18 bytes must be readable from each.
   A step of more than eight bytes puts rest beyond any payload: such events are left to others. */
EXPORT void heads(const uint8_t *data, const int64_t *starts, int64_t n, double *wall, int64_t *step, int64_t *rest) {
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *event = data + starts[i], *at = event + 9;
        uint64_t bits = little64(event + 1), number = 0;
        memcpy(wall + i, &bits, 8);
        int64_t size = 0;
        if (*at == 0x10) {
            int k = 0;
            while (k < 8 && at[1 + k] & 0x80) k++;
            for (int j = k < 8 ? k : 7; j >= 0; j--) number = number << 7 | (at[1 + j] & 0x7F);
            size = k < 8 ? k + 2 : 1 << 20;
        }
        step[i] = (int64_t)number;
        rest[i] = starts[i] + 9 + size;
    }
}
