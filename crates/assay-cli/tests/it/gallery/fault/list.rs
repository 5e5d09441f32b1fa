//! What readers get wrong: one variant for each fault, under the rule it breaks.
//!
//! A name in brackets says where the fault was met: a reader whose source or
//! issue shows it, a language whose libraries do so by default, or a class of
//! reported weaknesses.

faults! {
    "prefix/complete" {
        /// Eight bytes are read without asking whether there are eight (Go, Rust: panic): a crash.
        PrefixUnchecked,
    }
    "prefix/little-endian" {
        /// The length is read in network order (Java, big-endian hosts): good files are refused.
        PrefixBigEndian,
        /// The file is opened in text mode, which ends at 0x1A (C on Windows): files are cut short.
        TextModeEndsAtSub,
        /// Only the lowest byte of the length is used: headers above 255 bytes are cut short.
        PrefixInU8,
        /// Only 16 bits of the length are used: headers above 65,535 bytes are cut short.
        PrefixInU16,
    }
    "prefix/foreign-magic" {
        /// What begins like an archive is refused or handed to an unpacker (file sniffers, scanners).
        MagicSniffed,
    }
    "prefix/header-not-empty" {
        /// A header of no bytes is a file of no tensors: a truncated file passes for an empty model.
        EmptyHeaderAccepted,
    }
    "prefix/header-limit" {
        /// The length is kept in 32 bits (C `unsigned`, JavaScript `getUint32`): another header is read than a scanner sees.
        PrefixInU32,
        /// The length is kept in signed 32 bits: negative lengths pass every limit, then reads go before the buffer.
        PrefixInI32,
        /// The length is kept in signed 64 bits (Go, Java): negative lengths pass every limit.
        PrefixInI64,
        /// The sign bit is masked off: a length above the limit is taken for a small one.
        PrefixSignMasked,
        /// The other byte order is tried when the first gives nonsense: files that others refuse are read.
        PrefixEitherOrder,
        /// `8 + N` wraps and passes the bounds check (C, C++): out-of-bounds read.
        PrefixSumWraps,
        /// N bytes are allocated before anything is checked (recurring; CVE class of memory exhaustion).
        AllocatesAnyHeader,
        /// There is no limit: a file decides how much memory its reader spends on parsing.
        HeaderLimitMissing,
        /// The limit is 25 MB (huggingface.js): large models are refused.
        HeaderLimitLower,
        /// The limit itself is refused: a file at the limit is one reader's and not the other's.
        HeaderLimitExclusive,
        /// The limit is applied to `8 + N`: a file at the limit is refused.
        HeaderLimitWithPrefix,
    }
    "prefix/header-within-file" {
        /// N is not compared with the file (ollama#16182): out-of-bounds read or panic.
        HeaderUnchecked,
        /// A short read is taken for the header (Python `f.read(n)`): truncated files are accepted.
        HeaderCutToFile,
        /// N is compared with the file's length without the prefix: reads up to 8 bytes too far.
        HeaderComparedWithoutPrefix,
        /// N bytes, if within the limit, are allocated before the file's size is looked at: 100 MB for ten bytes.
        AllocatesHeaderFirst,
    }
    "header/utf-8" {
        /// Each byte is taken for a character (Latin-1, `char` in C): names differ from everyone else's.
        HeaderAsLatin1,
        /// Faulty bytes become U+FFFD (Python `errors="replace"`, JavaScript `TextDecoder`): different names fall together.
        EncodingReplaced,
        /// Faulty bytes are left out (Python `errors="ignore"`): a name can be hidden from a scanner.
        EncodingIgnored,
        /// Bytes are never checked (C, Go): names that no other reader can spell.
        EncodingUnchecked,
        /// Surrogates and NUL in the modified UTF-8 of Java are accepted: a second spelling of a name.
        EncodingModified,
    }
    "header/no-byte-order-mark" {
        /// A byte order mark is skipped (Python `utf-8-sig`, .NET): accepted by some, refused by others.
        ByteOrderMarkSkipped,
    }
    "header/nothing-after-object" {
        /// NUL bytes at the end are trimmed (RuView#1522): files that no one else reads spread.
        NulTrimmed,
        /// The header is a C string and ends at the first NUL: a payload hides behind it.
        NulEndsHeader,
        /// The parser stops at the closing brace (Go `Decoder`, C scanners): a payload hides behind it.
        JunkAfterIgnored,
    }
    "header/json-grammar" {
        /// Parsing begins at the first brace: a payload hides before it.
        JunkBeforeSkipped,
        /// Comments are skipped (JSON5, nlohmann with comments): two parsers, two headers.
        CommentsAllowed,
        /// A comma may stand before the closing bracket (JSON5, YAML).
        TrailingCommaAllowed,
        /// Commas are taken for white space: hand-written tokenizers.
        CommasOptional,
        /// Strings in single quotes are read (JSON5, YAML, Python `ast`).
        SingleQuotesAllowed,
        /// Keys without quotes are read (JSON5, YAML).
        BareKeysAllowed,
        /// `NaN` and `Infinity` are numbers (Python `json`): accepted here, refused elsewhere.
        NanAllowed,
        /// Anything is a number that begins like one: `01`, `1.`, `.5`, `+1`.
        NumbersLoose,
        /// Control characters stand raw in strings (Python `strict=False`, many scanners).
        ControlCharactersAllowed,
        /// An unknown escape stands for its letter: another spelling of a name.
        UnknownEscapesKept,
        /// Words are told by their first letter: `tree` is true.
        WordsByFirstLetter,
        /// What the header leaves open is closed: a header cut short is accepted.
        UnclosedAccepted,
        /// Form feed, vertical tab and no-break space are white space (C `isspace`, locale, Python `str.strip`).
        SpaceByLocale,
        /// A leading zero means octal (`strtol` with base 0): `010` is 8, `02` is 2.
        LeadingZeroIsOctal,
        /// `0x2` is 2 (`strtol` with base 0 or 16).
        HexAllowed,
        /// Leading zeros are skipped (`atoi`, Python `int` of text).
        LeadingZerosAllowed,
        /// A plus sign is skipped (`strtol`).
        PlusAllowed,
        /// `1_0` is 10 (Python `int`, Rust and Java literals).
        UnderscoresInNumbers,
    }
    "header/root-is-object" {
        /// A header that is no object is a file of no tensors: an empty model in place of an error.
        RootUnchecked,
    }
    "header/nesting-depth" {
        /// The parser calls itself without a limit: the stack overflows (crash; recurring).
        DepthUnlimited,
        /// The limit is not reached at 128 but at 129: readers disagree about a file.
        DepthOneMore,
        /// The limit is 64 (older .NET): good files are refused.
        DepthLower,
        /// Opened brackets are counted and closed ones are not: wide headers are refused.
        DepthNeverLeft,
        /// Brackets inside strings count (scanners without a tokenizer): a name can get a file refused.
        DepthCountsStrings,
    }
    "header/no-lone-surrogates" {
        /// Half a pair stays half a character (Python `json`, JavaScript): a name that cannot be written down.
        LoneSurrogatesKept,
        /// Half a pair becomes U+FFFD (Go, Java encoders): different names fall together.
        LoneSurrogatesReplaced,
        /// Half a pair is left out: the name of another tensor.
        LoneSurrogatesDropped,
    }
    "header/padding-is-spaces" {
        /// Spaces behind the object are refused: most files in the field are refused.
        PaddingRefused,
    }
    "header/data-alignment" {
        /// A buffer that does not begin at a multiple of eight is refused (GPU direct, MLX).
        BufferAlignmentDemanded,
    }
    "header/number-range" {
        /// Integers in ignored values must fit 64 bits: good files are refused.
        IgnoredIntegersBounded,
    }
    "header/unique-names" {
        /// The first of two entries of a name wins (`setdefault`, emplace in C++): a scanner sees another tensor.
        NamesFirstWins,
        /// The last of two entries of a name wins (serde, Python, Go): a scanner sees another tensor.
        NamesLastWins,
        /// Both entries are kept (multimap): tensors that others do not see.
        NamesBothKept,
        /// Names are compared as spelled: an escape makes a second tensor of the same name.
        NamesComparedRaw,
        /// A name is compared with the one before it only.
        NamesComparedWithNeighbour,
        /// Names are compared up to a NUL: different names count as one.
        NamesComparedToNul,
        /// The metadata key may stand twice; the last wins.
        MetadataKeyTwice,
    }
    "header/key-order-free" {
        /// Tensors must stand in the order of their bytes: good files are refused.
        HeaderOrderDemanded,
        /// Contents are handed out in the order of the header: weights of other tensors.
        ContentsInHeaderOrder,
        /// The metadata key is looked for in first place only (string search, streaming parsers).
        MetadataOnlyFirst,
        /// Fields are read by position: dtype, shape, data_offsets.
        FieldsInFixedOrder,
        /// A stable sort by BEGIN alone: an empty tensor listed late gets a file refused.
        SortedByBeginOnly,
    }
    "metadata/is-object" {
        /// Metadata of any type are ignored.
        MetadataUnchecked,
        /// A file without metadata is refused (the type of the docs has them required).
        MetadataRequired,
        /// The metadata key is compared as spelled: escaped, it is taken for a tensor.
        MetadataKeyComparedRaw,
    }
    "metadata/not-null" {
        /// Null metadata are followed like a pointer: a crash.
        MetadataNullCrashes,
    }
    "metadata/may-be-empty" {
        /// Empty metadata are refused (safetensors#823): good files are refused.
        EmptyMetadataRefused,
        /// The empty key is refused (falsy in Python and JavaScript).
        EmptyKeyRefused,
    }
    "metadata/values-are-strings" {
        /// Values of other types are turned into text (Python `str`, C++ `dump`): metadata that others refuse.
        MetadataStringified,
        /// Values of other types are left out: metadata that others refuse.
        MetadataOthersDropped,
        /// Escapes in metadata are left as they stand: JSON inside a value does not parse.
        EscapesLeftInMetadata,
    }
    "metadata/unique-keys" {
        /// The first of two metadata values wins: a licence or format that others do not see.
        MetadataFirstWins,
        /// The last of two metadata values wins (serde, Python, Go).
        MetadataLastWins,
    }
    "entry/name-any-string" {
        /// Escapes in names are left as they stand (scanners): tensors are not found.
        EscapesLeftInNames,
        /// A pair of surrogate escapes becomes two characters (CESU-8, Java): another name.
        SurrogatesApart,
        /// `\u0141` becomes one byte (C `(char)`): another name.
        EscapesToOneByte,
        /// A name ends at its first NUL (C strings; Huntr report on safetensors#748): names collide.
        NamesEndAtNul,
        /// Upper and lower case are one (keys of .NET and Windows): names collide.
        NamesFoldCase,
        /// White space around names is trimmed: names collide.
        NamesTrimmed,
        /// Names are brought to normal form C (Swift, macOS files): names collide.
        NamesNormalised,
        /// A name is a path of which the last part is used (mediapipe#6277): traversal and collision.
        NamesAsPaths,
        /// A name with a path out of the folder is refused: a good file is refused.
        PathsRefused,
        /// Names are copied into 256 bytes: overflow (C).
        NamesInFixedBuffer,
        /// Names are cut at 128 bytes: names collide.
        NamesCut,
        /// Names are split at dots into a tree that holds no leaf and branch of one name.
        NamesAsTree,
        /// A plain object is the map: `__proto__` is lost (JavaScript prototype pollution).
        NamesAsPrototypeKeys,
        /// Whatever begins with two underscores counts as metadata and is skipped.
        UnderscoresSkipped,
        /// The empty name is refused (falsy in Python and JavaScript).
        EmptyNameRefused,
        /// Characters that are not printable are removed from names: names collide.
        NamesMadePrintable,
        /// Names that are no identifiers are refused.
        NamesOfAsciiOnly,
        /// The length of a name is kept in 16 bits: a name of 65,536 bytes is empty.
        NameLengthInU16,
        /// A name is a format (`printf(name)`): memory is written where the name says.
        NamesAsFormat,
    }
    "entry/is-object" {
        /// An entry may be an array of three (serde derives it: the published crate does so).
        EntryAsArray,
        /// Entries of other types are skipped: a tensor that others refuse.
        EntryOthersSkipped,
    }
    "entry/required-fields" {
        /// Missing offsets are worked out from the shapes before: bytes nobody declared.
        OffsetsComputed,
        /// A missing shape is the number of elements that fit: one dimension.
        ShapeComputed,
        /// A missing dtype is bytes.
        DtypeDefaulted,
        /// Field names are compared as spelled: `\u0064type` is missing.
        FieldsComparedRaw,
        /// Field names are compared without case (Go `encoding/json`, .NET): `Dtype` counts.
        FieldsFoldCase,
    }
    "entry/unique-fields" {
        /// The first of two fields wins.
        FieldsFirstWins,
        /// The last of two fields wins (Python, Go).
        FieldsLastWins,
        /// Only known fields are looked at for repetition (the published crate does so).
        UnknownFieldsTwice,
    }
    "entry/unknown-fields" {
        /// Unknown fields are refused (`additionalProperties: false`): good files are refused.
        UnknownFieldsRefused,
        /// Fields are searched as text in the entry: one inside a nested value is taken.
        FieldsFoundNested,
    }
    "entry/unique-nested-keys" {
        /// Objects that are ignored may repeat their keys (serde, Python, Go).
        NestedKeysTwice,
    }
    "entry/dtype-is-string" {
        /// A dtype may be a map of one key (serde enums: the published crate does so).
        DtypeAsMap,
        /// A dtype of another type is turned into bytes of unknown kind.
        DtypeOthersAsBytes,
        /// Escapes in a dtype are left as they stand: a good file is refused.
        DtypeComparedRaw,
    }
    "entry/shape-is-array" {
        /// A null shape is a scalar's.
        ShapeNullIsScalar,
        /// A number is a shape of one dimension.
        ShapeNumberIsVector,
    }
    "entry/shape-holds-numbers" {
        /// Dimensions may be strings of digits (PHP, JavaScript, Perl).
        NumeralsAsText,
        /// `true` is 1 (Python `isinstance(True, int)`).
        BooleansAreIntegers,
        /// Null is 0 (JavaScript `+null`, Go zero values).
        NullIsZero,
    }
    "entry/offsets-is-array" {
        /// The values of an object are taken in its order.
        OffsetsAsObject,
    }
    "entry/offsets-is-pair" {
        /// Of more than two offsets the first two are used (schema, Python unpacking of a slice).
        OffsetsLonger,
        /// A missing END is that of the buffer.
        OffsetsShorter,
    }
    "entry/offsets-holds-numbers" {
        /// Offsets may be strings of digits.
        OffsetNumeralsAsText,
        /// Null offsets are 0: two of them make an empty range.
        OffsetNullIsZero,
    }
    "entry/integer-spelling" {
        /// Integers end at what is no digit (`strtol`, `atoi`): `2.5` is 2 and `2e0` too.
        IntegersByStrtol,
        /// Whole numbers may be spelled as doubles (nlohmann, JavaScript, the JSON Schema): `2.0`, `2e0`.
        DoublesIfWhole,
        /// Fractions are cut off (`static_cast`, `int(x)`): `2.9` is 2.
        FractionsCutOff,
        /// A minus sign is dropped or wraps: a negative size is a huge one.
        NegativesWrap,
        /// Negative numbers are their magnitude.
        NegativesMadePositive,
        /// `-0` is 0 (doubles, JSON Schema).
        NegativeZeroAllowed,
        /// A comma is the decimal point of the locale (`strtod` under de_DE): `[0,2]` is one number.
        DecimalComma,
    }
    "entry/integer-range" {
        /// What is above 64 bits becomes the largest number (`strtoull`).
        IntegersSaturate,
        /// What is above 64 bits wraps (hand-written loops): a huge size is a small one.
        IntegersWrap,
        /// What is above 64 bits is a double, and that is cast (PHP, nlohmann).
        HugeIntegersAsDoubles,
    }
    "entry/integer-interoperable" {
        /// Integers are doubles (JavaScript, Lua): above 2^53 another number is seen.
        IntegersAsDoubles,
        /// Integers are signed 64-bit numbers: above 2^63 they are negative.
        IntegersInI64,
        /// Dimensions are kept in 32 bits: another shape is delivered.
        DimensionsInU32,
        /// Dimensions are kept in signed 32 bits (MLX): negative dimensions.
        DimensionsInI32,
    }
    "dtype/known" {
        /// An unknown dtype has four bytes (recurring default of a switch): misread contents.
        UnknownDtypeFourBytes,
        /// An unknown dtype has one byte.
        UnknownDtypeOneByte,
        /// A tensor of unknown dtype is skipped: a tensor hidden from a scanner.
        UnknownDtypeSkipped,
        /// An unknown dtype has the size that fits the range.
        UnknownDtypeBySize,
        /// Upper and lower case are one: files that others refuse.
        DtypeFoldCase,
        /// White space around a dtype is trimmed.
        DtypeTrimmed,
        /// A dtype is told by the beginning of its name (`strncmp`): `F32X` is F32.
        DtypeByPrefix,
        /// Names of other tools are understood: `float32`, `FP16`.
        DtypeAliases,
        /// A dtype ends at a NUL (C strings).
        DtypeEndsAtNul,
    }
    "dtype/every-dtype" {
        /// Only the dtypes of the first edition are known: newer files are refused.
        OldDtypesOnly,
        /// A dtype is taken for the first of which it is a beginning, or the other way round.
        DtypeByLikeness,
        /// U16 is bfloat16 (Paddle): numbers become others.
        U16AsBf16,
        /// BOOL is delivered as bytes: the type is lost.
        BoolAsU8,
        /// Half-precision floats are widened: bytes and type are lost (yscv, ferric).
        HalfWidened,
        /// Unsigned integers are delivered as signed ones (Java, Torch before 2.3).
        UnsignedAsSigned,
        /// Complex numbers are delivered as twice as many floats.
        ComplexAsFloats,
        /// FP8 variants are one (FNUZ is another bias): numbers are halved.
        Fp8Confused,
    }
    "dtype/whole-bytes" {
        /// Half bytes are rounded up for the tensor: an element nobody has.
        TensorRoundedUp,
        /// Half bytes are rounded down for the tensor: an element is lost.
        TensorRoundedDown,
        /// Elements below a byte take a byte (`ceil(bits / 8)`): good files are refused.
        ElementRoundedUp,
        /// Elements below a byte take none (`bits / 8`): good files are refused.
        ElementRoundedDown,
        /// Each row is rounded up to bytes: good files are refused.
        RowsRoundedUp,
        /// An odd number of elements in the last dimension is refused (Torch's F4).
        OddRowsRefused,
    }
    "dtype/sub-byte-order" {
        /// The halves of each byte change places.
        NibblesSwapped,
        /// Each element gets a byte of its own.
        NibblesUnpacked,
        /// The bits of six-bit elements are taken from the other end.
        SixBitsReversed,
    }
    "shape/scalar" {
        /// A scalar has no element (empty product taken for 0).
        ScalarIsEmpty,
        /// A scalar is refused.
        ScalarRefused,
        /// A scalar becomes a vector of one.
        ScalarIsVector,
    }
    "shape/empty" {
        /// A zero dimension counts as one.
        ZeroIsOne,
        /// Tensors of no element are refused (0.3.0 after the audit): good files are refused.
        EmptyRefused,
        /// More than one zero dimension is refused (README to the letter).
        SeveralZerosRefused,
        /// Tensors of no element are left out.
        EmptyDropped,
        /// A tensor of no element loses its shape: `[0]`.
        EmptyShapeLost,
        /// Dimensions are multiplied from the last: an overflow before the leading zero is seen.
        ProductFromLast,
        /// Every range must hold a byte: BEGIN < END.
        RangeMustHold,
        /// A buffer of no bytes is refused (`mmap` of no length): good files are refused.
        EmptyBufferRefused,
    }
    "shape/size-fits" {
        /// Elements are multiplied in 64 bits that wrap (LiteRT#9254): out-of-bounds read.
        ElementsWrap,
        /// Elements are counted rightly, their bits wrap.
        BitsWrap,
        /// The output is allocated from the shape before its size is compared: memory exhaustion.
        AllocatesFromShape,
        /// An overflow of the product is a panic (debug builds) instead of an error.
        OverflowPanics,
        /// Elements are multiplied in signed 64 bits; a negative product passes as small.
        ProductInI64,
    }
    "shape/no-overflow-before-zero" {
        /// An overflow before a zero dimension is a panic: a crash where both answers are right.
        OverflowBeforeZeroPanics,
    }
    "shape/matches-offsets" {
        /// Elements are multiplied in unsigned 32 bits: 65536 × 65536 is 0.
        ProductInU32,
        /// Elements are multiplied in signed 32 bits (`int`).
        ProductInI32,
        /// Sizes in bytes are kept in 32 bits.
        BytesInU32,
        /// The size is not compared with the range: views outside the tensor.
        SizeUnchecked,
        /// A range may be longer than the shape says: bytes hidden in it.
        SizeAtMost,
        /// A range may be shorter than the shape says: out-of-bounds read.
        SizeAtLeast,
        /// Offsets count elements, not bytes.
        OffsetsCountElements,
        /// BOOL is packed, eight elements to a byte.
        BoolPacked,
        /// Dimensions are added, not multiplied.
        DimensionsAdded,
        /// Only the sizes of all tensors together are compared with the buffer.
        OnlyTotalCompared,
    }
    "shape/rank" {
        /// Four dimensions fit (ggml): the fifth is written behind the array.
        RankFour,
        /// Eight dimensions fit (C readers).
        RankEight,
        /// 32 dimensions fit (numpy before 2).
        RankThirtyTwo,
        /// The rank is kept in a byte: 256 dimensions are none.
        RankInU8,
        /// Leading dimensions of one are dropped (squeeze).
        OnesDropped,
    }
    "buffer/offsets-ordered" {
        /// END - BEGIN wraps and is allocated (unsigned; recurring): memory exhaustion.
        LengthWraps,
        /// Reversed offsets are exchanged: contents that others refuse.
        ReversedExchanged,
        /// Reversed offsets make an empty range (saturating subtraction).
        ReversedIsEmpty,
        /// Offsets are signed (Go, Java): a BEGIN above 2^63 lies before the buffer and passes every bound.
        OffsetsSigned,
        /// END - BEGIN is taken in 32 bits and wraps to the size of the shape.
        LengthInU32,
    }
    "buffer/offsets-relative" {
        /// Offsets count from the start of the file: bytes of the header for weights.
        OffsetsFromFileStart,
        /// The buffer begins behind the closing brace, not behind the padding.
        BufferBehindBrace,
    }
    "buffer/unaligned-readable" {
        /// The buffer is taken to begin at a multiple of eight.
        BufferRoundedUp,
        /// Tensors off their alignment are refused (bytemuck, GPU direct).
        UnalignedRefused,
        /// A pointer is cast and its low bits are lost (older ARM).
        UnalignedRoundedDown,
    }
    "buffer/within-file" {
        /// END is not compared with the buffer (llama.cpp and C readers): out-of-bounds read, SIGBUS on a map.
        EndUnchecked,
        /// END is cut to the buffer (slices of Python and JavaScript): short contents.
        EndCut,
        /// END is compared with the length of the file: up to a header's length too far.
        EndComparedWithFile,
        /// END is kept in 32 bits: a file of two bytes holds four gibibytes.
        EndInU32,
        /// A buffer up to the largest END is allocated first: memory exhaustion.
        AllocatesToEnd,
    }
    "buffer/no-holes" {
        /// Bytes that belong to no tensor are accepted (most readers): a hidden payload.
        HolesAccepted,
        /// The first tensor may begin anywhere.
        FirstHoleAccepted,
        /// Holes below 64 bytes are taken for alignment.
        HolesOfAlignment,
        /// Only the largest END is compared with the buffer.
        OnlyLargestEndCompared,
    }
    "buffer/no-overlaps" {
        /// Tensors may share bytes (most readers): writing one changes the other, and 100 k of them exhaust memory.
        OverlapsAccepted,
        /// Tensors of one and the same range are aliases.
        AliasesAccepted,
        /// Only ranges that begin within another's are found, not those of one BEGIN.
        SameBeginAccepted,
    }
    "buffer/no-trailing-bytes" {
        /// Bytes behind the last tensor are accepted (ComfyUI#15599): a hidden payload, an archive at the end.
        TrailingAccepted,
        /// Zero bytes behind the last tensor are taken for padding.
        TrailingZerosAccepted,
        /// Up to seven bytes behind the last tensor are taken for padding.
        TrailingPaddingAccepted,
        /// A file of no tensors may have any buffer.
        BufferWithoutTensors,
        /// The buffer begins where it must for its end to be the file's.
        BufferFromFileEnd,
    }
    "buffer/empty-at-running-offset" {
        /// Empty tensors are left out of the walk: offsets outside the buffer.
        EmptySkipped,
        /// Empty tensors may lie anywhere within the buffer.
        EmptyWithinBuffer,
    }
    "buffer/content-bytes" {
        /// Elements are swapped for the host's order (big-endian hosts): other numbers.
        BytesSwapped,
        /// The first dimension runs fastest (Fortran, Julia, MATLAB).
        ColumnMajor,
        /// Carriage return and line feed become one (text mode).
        LineEndsTranslated,
        /// Contents are copied as a C string and end at a zero byte.
        CopiedAsText,
        /// The halves of complex numbers change places.
        ComplexSwapped,
        /// Headers are remembered by the size of the file (caches without a digest): another file's tensors.
        RememberedBySize,
    }
    "buffer/values-opaque" {
        /// All NaN become one (JavaScript, conversions): payloads are lost.
        NanMadeOne,
        /// Files with NaN are refused (audit, finding 10): good files are refused.
        NanRefused,
        /// Files with infinities are refused.
        InfinityRefused,
        /// BOOL becomes 0 or 1: bytes change.
        BoolNormalised,
        /// BOOL other than 0 and 1 is refused.
        BoolChecked,
        /// -0 becomes 0.
        NegativeZeroLost,
        /// Subnormal numbers become 0 (flush to zero).
        SubnormalsFlushed,
    }
}
