#if defined(_GCC_NEXT_LIMITS_H)
// gcc's own <limits.h> is looking for the C library's one, beginning with our folders: pass it on.
#pragma GCC system_header
#include_next <limits.h>
#elif !defined(HOOKFLASH_LIMITS_H)
#define HOOKFLASH_LIMITS_H

#include <cstddef>
#include <cstdint>

#include "base/time.h"

// Every bound of the program, each with its reason. A profile sets the sizes that depend on the
// board; everything else is the same everywhere. Sums are written as sums.
namespace hookflash::limits {

// --- Profile -------------------------------------------------------------------------------------

#if defined(HOOKFLASH_PROFILE_TINY)
inline constexpr const char* kProfile = "tiny";
inline constexpr size_t kCallsMax = 4;  // A board with 8 MiB for us.
inline constexpr size_t kCallsDefault = 4;
inline constexpr int64_t kAppBufferMsMax = 10'000;
#elif defined(HOOKFLASH_PROFILE_GATEWAY)
inline constexpr const char* kProfile = "gateway";
inline constexpr size_t kCallsMax = 512;  // About what one core can pace with room to spare.
inline constexpr size_t kCallsDefault = 512;
inline constexpr int64_t kAppBufferMsMax = 60'000;
#else
inline constexpr const char* kProfile = "pi";
inline constexpr size_t kCallsMax = 32;     // A Pi Zero 2 W has the CPU for more, not the uplink.
inline constexpr size_t kCallsDefault = 8;  // What a shop or home has lines for (B-ADM-1).
inline constexpr int64_t kAppBufferMsMax = 120'000;
#endif
inline constexpr int64_t kAppBufferMsDefault = kAppBufferMsMax;  // B-AUD-5: the profile's figure.
inline constexpr int64_t kAppBufferMsMin = 1000;                 // B-AUD-5.

// --- Calls ---------------------------------------------------------------------------------------

// Calls whose end is still being written must not block admission (B-REC-1).
inline constexpr size_t kEndingSlots = 4;
inline constexpr size_t kCallSlots = kCallsMax + kEndingSlots;
inline constexpr size_t kCallRecordBytesMax = 24 * 1024;  // B-REC-1.
inline constexpr size_t kSummaryBytesMax = 512;           // B-REC-3.
inline constexpr size_t kHistoryMax = 1000;               // B-REC-3.
inline constexpr size_t kFinishedIdsMax = 4096;           // B-REC-4: a busy day.
// Transcripts of finished calls in the journal (B-JRN-10): 1,000 calls of twenty turns, 100 bytes a
// line. A small medium gives less (docs/spec/journal.md).
inline constexpr size_t kKeptTranscriptBytesMax = 4 * 1024 * 1024;

inline constexpr size_t kCallIdBytes = 36;              // UUID v4 text.
inline constexpr size_t kLineIdBytesMax = 32;           // B-REC.
inline constexpr size_t kProviderCallIdBytesMax = 128;  // Fits a Telnyx control id twice.
inline constexpr size_t kAliasesMax = 2;
inline constexpr size_t kEndDetailBytesMax = 64;
inline constexpr size_t kAddressBytesMax = 128;  // Fits a SIP URI.
inline constexpr size_t kRouteKeyBytesMax = 16;  // E.164.
inline constexpr size_t kAppNameBytesMax = 32;
inline constexpr size_t kSessionKeyBytesMax = 64;
inline constexpr size_t kMessageBytesMax = 1024;
inline constexpr size_t kDtmfSequenceMax = 32;  // Twilio's SendDigits limit.
inline constexpr size_t kStreamIdBytesMax = 64;
inline constexpr size_t kTranscriptLinesMax = 64;
inline constexpr size_t kTranscriptBytesMax = 8192;
inline constexpr size_t kTranscriptLineBytesMax = 1200;  // About a minute of speech.

// B-PROC-2.
inline constexpr size_t kInboxEntriesMax = 32;  // Per call.
inline constexpr size_t kInboxEntryBytesMax = 512;
inline constexpr size_t kInboxPool =
    kCallSlots * 4 + 32;  // Shared: bursts hit few calls at a time.
inline constexpr size_t kLongTextsMax = 64;
inline constexpr size_t kLongTextBytesMax = 1200;
inline constexpr size_t kPlaybacksWaitingMax = 8;  // Per call (B-ADM-6).

inline constexpr size_t kJournalEntryBytesMax = 4096;  // B-JRN-7.
inline constexpr size_t kJournalQueueMax = 256;        // B-JRN-4.

// --- Duplicates and replays (B-DED)
// ---------------------------------------------------------------

inline constexpr size_t kEventKeysMax = 10'000;
inline constexpr size_t kCallEventKeysMax = 500;
inline constexpr size_t kRequestKeysMax = 10'000;
inline constexpr Duration kRequestKeyLife = Duration::seconds(600);
inline constexpr size_t kStoredAnswersMax = kCallSlots + 64;
inline constexpr size_t kStoredAnswerBytesMax = 4096;

// --- HTTP (B-WEB)
// ---------------------------------------------------------------------------------

inline constexpr size_t kHttpConnectionsMax = 64;
inline constexpr size_t kRequestLineBytesMax = 2048;
inline constexpr size_t kHeaderBytesMax = 8192;
inline constexpr size_t kHeadBytesMax = kRequestLineBytesMax + kHeaderBytesMax + 4;
inline constexpr size_t kHeadersMax = 100;  // What common servers allow.
inline constexpr size_t kBodyBytesMax = 64 * 1024;
inline constexpr size_t kApiBodyBytesMax = 8 * 1024;  // /call/outbound and /api/v1 (B-API-1).
inline constexpr Duration kHeadTimeout = Duration::seconds(5);
inline constexpr Duration kBodyTimeout = Duration::seconds(5);
inline constexpr Duration kKeepAliveIdle = Duration::seconds(15);
inline constexpr Duration kAnswerTimeout = Duration::seconds(10);      // B-WEB-4.
inline constexpr Duration kDialAnswerTimeout = Duration::seconds(20);  // B-WEB-4.
// A turn: nine texts of the longest speaking time, the longest transcriptTimeoutMs, and some.
inline constexpr Duration kTurnAnswerTimeout = Duration::seconds(9 * 170 + 600 + 30);
inline constexpr Duration kAnswerSendTimeout = Duration::seconds(10);  // A peer that does not read.
inline constexpr Duration kLingerTime =
    Duration::seconds(2);  // Discarding what a refused peer sends.
inline constexpr Duration kDurableTimeout = Duration::seconds(4);  // B-PROC-5.
inline constexpr size_t kRequestsInFlightMax = 16;
inline constexpr size_t kRequestsPerSourceMax = 8;
inline constexpr size_t kApiRequestsInFlightMax = 16;  // Counted apart (B-WEB preamble).
inline constexpr size_t kFormEntriesMax = 512;         // At least 256 (B-WEB-7).
inline constexpr size_t kQueryEntriesMax = 256;
inline constexpr size_t kAllowedHostsMax = 16;    // Section 26.
inline constexpr size_t kTrustedProxiesMax = 16;  // Section 26.
inline constexpr size_t kWebhookAnswerBytesMax = 16 * 1024;

// --- Streams and app legs
// -------------------------------------------------------------------------

inline constexpr size_t kStreamsMax = kCallSlots + 128;  // Live calls, plus takeovers and pending.
inline constexpr size_t kEventSubscribersMax = 8;        // /api/v1 event streams.
inline constexpr size_t kAcceptedMax = kHttpConnectionsMax + kStreamsMax + kEventSubscribersMax;
inline constexpr size_t kAppLegsMax = kCallSlots;
inline constexpr size_t kFrameBytesMax = 64 * 1024;          // WebSocket frame (B-STR, B-APP-1).
inline constexpr size_t kAppMessageBytesMax = 64 * 1024;     // Media messages from an app.
inline constexpr size_t kControlMessageBytesMax = 4 * 1024;  // Other messages.
inline constexpr size_t kUnsentBytesMax = 64 * 1024;         // Ours plus the kernel's.
inline constexpr size_t kMediaSendBufferBytes = 32 * 1024;   // SO_SNDBUF of media sockets.
inline constexpr size_t kWsHeadroom = 32;  // Free bytes before each WebSocket message we send.

// --- Audio (B-AUD)
// --------------------------------------------------------------------------------

inline constexpr size_t kFrameSamples = 160;  // 20 ms at 8 kHz, mu-law: 160 bytes.
inline constexpr Duration kFrameTime = Duration::ms(20);
inline constexpr size_t kQueueFrames = 50;    // 1 s (B-AUD-1).
inline constexpr size_t kCallerFrames = 50;   // Newest kept for a slow app (B-STR-8).
inline constexpr size_t kOpenMarksMax = 512;  // B-AUD-7.
inline constexpr size_t kMarkNameBytesMax = 64;
inline constexpr int64_t kLeadMsMax = 160;
inline constexpr size_t kAppBufferFrames = static_cast<size_t>(kAppBufferMsMax) / 20;
// What can come after reading has been stopped: the rest of one media message, 48 KiB once decoded,
// and 16 KiB that were in hand.
inline constexpr size_t kAudioInHandFrames = (48 + 16) * 1024 / kFrameSamples + 1;
inline constexpr size_t kMarksInHandMax = 64;       // Likewise, beyond kOpenMarksMax.
inline constexpr size_t kAppDigitsMax = 64;         // B-DTMF-2.
inline constexpr size_t kPromptBytesMax = 480'000;  // 60 s of mu-law.
inline constexpr size_t kPromptFileBytesMax = kPromptBytesMax + 4096;  // With a WAVE file's chunks.
inline constexpr size_t kDueFramesPerTurn = 16;                        // Loop fairness.

// --- REST (B-PRV)
// ---------------------------------------------------------------------------------

inline constexpr size_t kRestConnectionsPerLine = 4;  // One reserved for hang-ups.
inline constexpr size_t kRestWaitingMax = 32;
inline constexpr size_t kRestAnswerBytesMax = 64 * 1024;
inline constexpr size_t kRestBodyBytesMax = 24 * 1024;  // 4,000 bytes of TwiML, escaped thrice.
inline constexpr size_t kCarrierErrorBytesMax = 512;

// --- Configuration
// --------------------------------------------------------------------------------

inline constexpr size_t kLinesMax = 8;
inline constexpr size_t kAppsMax = 16;
inline constexpr size_t kNumbersMax = 64;
inline constexpr size_t kAllowFromMax = 256;
inline constexpr size_t kAppParamsMax = 8;
inline constexpr size_t kUrlBytesMax = 512;
inline constexpr size_t kPathBytesMax = 128;
inline constexpr size_t kHostBytesMax = 253;  // RFC 1123.
inline constexpr size_t kSecretBytesMax = 256;
inline constexpr size_t kFilePathBytesMax = 255;
inline constexpr size_t kAddressTextBytesMax = 45;     // IPv6 with an IPv4 tail.
inline constexpr size_t kPublicKeyBytesMax = 512;      // Ed25519 in PEM, with room for comments.
inline constexpr size_t kAppParamNameBytesMax = 64;    // Name and value together fit a carrier's
inline constexpr size_t kAppParamValueBytesMax = 400;  // stream parameter (500).
inline constexpr size_t kConfigProblemsMax = 64;       // More are only counted.
inline constexpr size_t kConfigBytesMax = 256 * 1024;
// The redacted configuration as the journal keeps it; a dozen lines with a hundred numbers take
// half.
inline constexpr size_t kConfigurationKeptBytesMax = 32 * 1024;

// --- JSON
// -----------------------------------------------------------------------------------------

inline constexpr size_t kJsonDepthMax = 16;     // The deepest document of any carrier has 6.
inline constexpr size_t kJsonMembersMax = 256;  // Of one object; keeps the search for twins short.
inline constexpr size_t kJsonNumberBytesMax =
    63;  // More digits than any double has; cJSON's bound.
inline constexpr size_t kJsonArenaBytes = 512 * 1024;  // A configuration of kConfigBytesMax fits.

// --- Reports
// --------------------------------------------------------------------------------------

inline constexpr size_t kLogLineBytesMax = 1024;  // B-LOG-2.
inline constexpr size_t kLogRingBytes = 512 * 1024;

static_assert(kCallsDefault <= kCallsMax);
static_assert(kAppBufferMsMin <= kAppBufferMsDefault);
static_assert(kAppBufferMsMax % 20 == 0, "whole frames");
static_assert(kQueueFrames * 20 == 1000, "B-AUD-1: the queue holds one second");

}  // namespace hookflash::limits

#endif  // HOOKFLASH_LIMITS_H
