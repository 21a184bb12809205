#pragma once
// The part of libsrtp 3's interface that mediasoup-worker uses, on top of the distribution's libsrtp 2.
// libsrtp 3 makes policies opaque, and writes to a buffer of its own with a given room; libsrtp 2 works in place.
#include <srtp2/srtp.h>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

constexpr auto srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(28);
constexpr auto srtp_err_status_cryptex_err  = static_cast<srtp_err_status_t>(29);

namespace srtp3
{
	struct Policy
	{
		srtp_policy_t v2{};
		uint8_t key[SRTP_MAX_KEY_LEN]{};
	};

	using policy_t = Policy*;

	// Copies `in` to `out` unless they are the same, and lets `run` work there. `room` is what it may add, in bytes.
	template<class F>
	inline srtp_err_status_t in_place(
	  F run, srtp_t context, const uint8_t* in, size_t in_length, uint8_t* out, size_t* out_length, size_t room)
	{
		if (in_length + room > *out_length)
		{
			return srtp_err_status_buffer_small;
		}
		if (out != in)
		{
			std::memcpy(out, in, in_length);
		}
		int length        = static_cast<int>(in_length);
		const auto status = run(context, out, &length);
		if (status == srtp_err_status_ok)
		{
			*out_length = static_cast<size_t>(length);
		}
		return status;
	}
}

#define srtp_policy_t srtp3::policy_t

inline srtp_err_status_t srtp_policy_create(srtp3::policy_t* policy)
{
	*policy = new (std::nothrow) srtp3::Policy();
	return *policy ? srtp_err_status_ok : srtp_err_status_alloc_fail;
}

inline void srtp_policy_destroy(srtp3::policy_t policy)
{
	if (policy)
	{
		std::memset(policy->key, 0, sizeof(policy->key));
		delete policy;
	}
}

inline srtp_err_status_t srtp_policy_set_ssrc(srtp3::policy_t policy, srtp_ssrc_t ssrc)
{
	policy->v2.ssrc = ssrc;
	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(srtp3::policy_t policy, srtp_profile_t profile)
{
	const auto status = srtp_crypto_policy_set_from_profile_for_rtp(&policy->v2.rtp, profile);
	return status ? status : srtp_crypto_policy_set_from_profile_for_rtcp(&policy->v2.rtcp, profile);
}

inline srtp_err_status_t srtp_policy_add_key(
  srtp3::policy_t policy,
  const uint8_t* key,
  size_t key_length,
  const uint8_t* salt,
  size_t salt_length,
  const uint8_t* /*mki*/,
  size_t /*mki_length*/)
{
	if (key_length + salt_length > sizeof(policy->key))
	{
		return srtp_err_status_bad_param;
	}
	std::memcpy(policy->key, key, key_length);
	std::memcpy(policy->key + key_length, salt, salt_length);
	policy->v2.key = policy->key;
	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(srtp3::policy_t policy, bool allow)
{
	policy->v2.allow_repeat_tx = allow;
	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(srtp3::policy_t policy, size_t size)
{
	policy->v2.window_size = size;
	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, srtp3::policy_t policy)
{
	return srtp_create(session, &policy->v2);
}

inline srtp_err_status_t srtp_stream_remove(srtp_t session, uint32_t ssrc)
{
	return srtp_remove_stream(session, ssrc);
}

inline srtp_err_status_t srtp_protect(
  srtp_t context, const uint8_t* in, size_t in_length, uint8_t* out, size_t* out_length, size_t /*mki_index*/)
{
	return srtp3::in_place(
	  [](srtp_t session, void* data, int* length) { return ::srtp_protect(session, data, length); },
	  context, in, in_length, out, out_length, SRTP_MAX_TRAILER_LEN);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t context, const uint8_t* in, size_t in_length, uint8_t* out, size_t* out_length)
{
	return srtp3::in_place(
	  [](srtp_t session, void* data, int* length) { return ::srtp_unprotect(session, data, length); },
	  context, in, in_length, out, out_length, 0);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t context, const uint8_t* in, size_t in_length, uint8_t* out, size_t* out_length, size_t /*mki_index*/)
{
	// An SRTCP trailer has the E flag and the index in front of the tag: 4 bytes more (RFC 3711, section 3.4).
	return srtp3::in_place(
	  [](srtp_t session, void* data, int* length) { return ::srtp_protect_rtcp(session, data, length); },
	  context, in, in_length, out, out_length, SRTP_MAX_TRAILER_LEN + 4);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t context, const uint8_t* in, size_t in_length, uint8_t* out, size_t* out_length)
{
	return srtp3::in_place(
	  [](srtp_t session, void* data, int* length) { return ::srtp_unprotect_rtcp(session, data, length); },
	  context, in, in_length, out, out_length, 0);
}
