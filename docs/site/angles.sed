# Words in angle brackets are no HTML: comments are written for people who read the header itself.
/\/\/\//s/<\(\/\?[a-z]\+\)>/\&lt;\1\&gt;/g
