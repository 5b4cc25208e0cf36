// Rows that several processes of one machine read and one of them has: their numbers lie in files without a name, which
// the others open by way of the one that has them.
#pragma once

#include <string>
#include <string_view>

#include "retrograd/data.hpp"

namespace retrograd {

/// The same rows with their inputs mapped, if they are not yet: in memory they are copied to a file without a name in
/// `folder`, which is gone when the last process that has it open ends. Throws Error if it cannot be written.
Dataset put_into_files(Dataset data, const std::string& folder);

/// Where another process of this machine and user finds these rows, as JSON, while this one keeps `data`: inputs must
/// be mapped; targets and weights are copied to a file of their own, which `keep` holds open.
std::string address_of(const Dataset& data, const std::string& folder, std::shared_ptr<const MappedFile>& keep);

/// The rows at such an address: inputs mapped, of which `memory` bytes may be in memory at a time, targets and weights
/// in memory. Throws Error if they cannot be opened.
Dataset rows_at(std::string_view address, size_t memory);

/// Bytes of the inputs of all rows.
size_t input_bytes(const Dataset& data);

/// Where files without a name are made if nothing else is said: $TMPDIR, else /var/tmp, which is on a disk where /tmp
/// may be memory.
std::string scratch_folder();

}  // namespace retrograd
